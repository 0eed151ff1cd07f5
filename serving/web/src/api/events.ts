/**
 * The listing's server-sent events through fetch (EventSource cannot send an Authorization
 * header), read by eventsource-parser; reconnects with growing pauses until it is closed.
 *
 *     const close = listen(id, { onOpen, onEvent, onDown })
 */
import { EventSourceParserStream } from "eventsource-parser/stream";
import { api } from "./client";
import { authorization } from "./token";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Answers after which trying again cannot help. */
const FINAL = new Set([401, 403, 404, 410]);
/** A stream without a byte, comments included, for so long is taken for dead. */
const SILENCE_MS = 60_000;

export interface Listener {
  /** The stream stands; `again` where it was lost before, so that something may have been missed. */
  onOpen: (again: boolean) => void;
  onEvent: (name: string, data: string) => void;
  onDown: () => void;
}

/** Listen until the returned function is called. */
export function listen(listing: string, listener: Listener): () => void {
  const end = new AbortController();
  void run(listing, listener, end.signal);
  return () => end.abort();
}

async function run(listing: string, listener: Listener, end: AbortSignal): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  let again = false;
  while (!end.aborted) {
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    end.addEventListener("abort", stop);
    try {
      const response = await fetch(api.eventsPath(listing), {
        headers: { ...authorization(), Accept: "text/event-stream" },
        cache: "no-store",
        signal: attempt.signal,
      });
      if (FINAL.has(response.status)) return;
      if (response.ok && response.body) {
        pause = FIRST_PAUSE_MS;
        listener.onOpen(again);
        again = true;
        await read(response.body, listener, attempt);
      }
    } catch {
      // The connection broke or was refused: wait and try again.
    } finally {
      end.removeEventListener("abort", stop);
      attempt.abort();
    }
    if (end.aborted) return;
    listener.onDown();
    await sleep(pause * (0.75 + Math.random() / 2), end);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

async function read(
  body: ReadableStream<Uint8Array>, listener: Listener, attempt: AbortController,
): Promise<void> {
  let watchdog = 0;
  const heard = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => attempt.abort(), SILENCE_MS);
  };
  const decoder = new TextDecoder();
  const text = new TransformStream<Uint8Array, string>({
    transform(chunk, out) {
      heard();
      out.enqueue(decoder.decode(chunk, { stream: true }));
    },
  });
  heard();
  const reader = body.pipeThrough(text).pipeThrough(new EventSourceParserStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      listener.onEvent(value.event ?? "message", value.data);
    }
  } finally {
    clearTimeout(watchdog);
  }
}

/** Wait, but no longer than until the network comes back. */
function sleep(ms: number, end: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      removeEventListener("online", wake);
      end.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    addEventListener("online", wake);
    end.addEventListener("abort", wake);
  });
}
