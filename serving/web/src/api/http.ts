/**
 * Calls to the service. Every failure becomes an `ApiError` with a stable code that the message files
 * know: the service's own, or `net.offline` / `net.failed` where no usable answer came.
 *
 *     const { request, json } = calls(authorization);
 *     const listing = await json<Listing>("/v1/listings/lst_1");
 */
import type { Problem } from "./types";

export class ApiError extends Error {
  constructor(readonly code: string, readonly status: number, readonly detail = "") {
    super(detail || code);
  }
}

/** Whatever was thrown as an ApiError; only bugs are logged. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  console.error(error);
  return new ApiError("net.failed", 0);
}

/** A response's problem document, or a code made from its status where it carries none. */
export function problemOf(status: number, text: string): Problem {
  try {
    const body = JSON.parse(text) as Partial<Problem>;
    if (typeof body.code === "string") return { ...body, status, detail: body.detail ?? "", code: body.code };
  } catch {
    // Not from the service: a proxy's error page.
  }
  const code = status === 0 ? networkCode() : status === 413 ? "request.too_large" : "net.failed";
  return { status, detail: "", code };
}

/** Why nothing was reached. */
export function networkCode(): string {
  return navigator.onLine ? "net.failed" : "net.offline";
}

export interface Calls {
  request: (path: string, init?: RequestInit) => Promise<Response>;
  json: <T>(path: string, method?: string, body?: unknown, more?: HeadersInit) => Promise<T>;
}

/** Calls that carry the headers which `authorization` gives. */
export function calls(authorization: () => Record<string, string>): Calls {
  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(authorization())) headers.set(name, value);
    let response: Response;
    try {
      response = await fetch(path, { ...init, headers });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new ApiError(networkCode(), 0);
    }
    if (response.ok) return response;
    const { code, status, detail } = problemOf(response.status, await response.text().catch(() => ""));
    throw new ApiError(code, status, detail);
  }

  async function json<T>(path: string, method = "GET", body?: unknown, more?: HeadersInit): Promise<T> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { ...more, "Content-Type": "application/json" };
    }
    const response = await request(path, init);
    try {
      return (await response.json()) as T;
    } catch {
      throw new ApiError("net.failed", response.status);
    }
  }
  return { request, json };
}
