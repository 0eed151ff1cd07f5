/** The review API. A 401 makes the page ask for a key; the call fails all the same. */
import { asApiError, calls } from "../../api/http";
import type { Answer, Answered, Edit, Progress, Task } from "../types";
import { authorization, wanted } from "./key";

const { request, json } = calls(authorization);

const at = (task: string, rest = "") => `/v1/review/tasks/${encodeURIComponent(task)}${rest}`;

async function watched<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const { status } = asApiError(error);
    if (status === 401 || status === 403) wanted.value = true;
    throw error;
  }
}

export const api = {
  next: (set: string | null, count: number) =>
    watched(json<{ tasks: Task[] }>("/v1/review/next", "POST", { set, count })),
  /** `last` for the page that is being left: the browser sends it all the same. */
  draft: async (task: string, edits: readonly Edit[], last = false): Promise<void> => {
    await watched(request(at(task, "/draft"), {
      method: "PUT",
      body: JSON.stringify({ edits }),
      headers: { "Content-Type": "application/json" },
      keepalive: last,
    }));
  },
  answer: (task: string, answer: Answer) => watched(json<Answered>(at(task), "POST", answer)),
  release: async (task: string): Promise<void> => {
    await watched(request(at(task, "/release"), { method: "POST" }));
  },
  undo: () => watched(json<{ task: Task }>("/v1/review/undo", "POST", {})),
  /** Of all sets. */
  progress: () => watched(json<Progress>("/v1/review/progress")),
  photo: async (url: string): Promise<Blob> => (await watched(request(url))).blob(),
};
