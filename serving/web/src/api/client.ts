/**
 * Calls to the API. Every failure becomes an `ApiError` with a stable code that the message files
 * know: the service's own, or `net.offline` / `net.failed` where no usable answer came.
 *
 *     const listing = await api.listing(id)
 */
import { authorization } from "./token";
import type {
  Info, Listing, ListingChange, ListingReport, NewListing, Photo, Problem,
} from "./types";

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

const at = (listing: string, rest = "") => `/v1/listings/${encodeURIComponent(listing)}${rest}`;
const photoAt = (listing: string, photo: string, rest = "") =>
  at(listing, `/photos/${encodeURIComponent(photo)}${rest}`);

export const api = {
  info: () => json<Info>("/v1/info"),
  create: (home: NewListing, key: string) =>
    json<Listing>("/v1/listings", "POST", home, { "Idempotency-Key": key }),
  listing: (id: string) => json<Listing>(at(id)),
  change: (id: string, change: ListingChange) => json<Listing>(at(id), "PATCH", change),
  report: (id: string) => json<ListingReport>(at(id, "/report")),
  remove: async (listing: string, photo: string): Promise<void> => {
    await request(photoAt(listing, photo), { method: "DELETE" });
  },
  answer: (listing: string, photo: string, rooms: readonly string[]) =>
    json<Photo>(photoAt(listing, photo, "/rooms"), "PUT", { rooms }),
  takeBack: (listing: string, photo: string) =>
    json<Photo>(photoAt(listing, photo, "/rooms"), "DELETE"),
  original: async (listing: string, photo: string, signal: AbortSignal): Promise<Blob> =>
    (await request(photoAt(listing, photo, "/original"), { signal })).blob(),
  uploadPath: (listing: string, replaces: string | null): string =>
    at(listing, "/photos") + (replaces ? `?replaces=${encodeURIComponent(replaces)}` : ""),
  eventsPath: (listing: string): string => at(listing, "/events"),
};
