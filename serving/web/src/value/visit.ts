/**
 * Which explanation this visit sees, and that it took the next step: counted by a random token that
 * lives as long as the tab. `?explanation=full` shows one without being counted.
 */
import { signal } from "@preact/signals";
import { calls } from "../api/http";
import type { Variant, Visit } from "./types";

const SLOT = "homelens:visit";
const VARIANTS: readonly string[] = ["none", "words", "full"];

const { json } = calls(() => ({}));

export const visit = signal<Visit | null>(null);

function kept(): Visit | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(SLOT) ?? "null") as Visit | null;
    return found && Date.parse(found.expires_at) > Date.now() ? found : null;
  } catch {
    return null;
  }
}

/** The visit's variant; where it cannot be had, everything is shown and nothing counted. */
export async function begin(): Promise<void> {
  if (visit.value) return;
  const asked = new URLSearchParams(location.search).get("explanation");
  const own = kept();
  if (own && !asked) {
    visit.value = own;
    return;
  }
  try {
    const begun = await json<Visit>("/v1/visits", "POST");
    if (asked && VARIANTS.includes(asked)) {
      visit.value = { ...begun, token: null, variant: asked as Variant };
      return;
    }
    visit.value = begun;
  } catch {
    visit.value = { token: null, variant: "full", expires_at: "", next: { url: null } };
    return;
  }
  try {
    sessionStorage.setItem(SLOT, JSON.stringify(visit.value));
  } catch {
    // Storage is blocked: the visit ends with the page.
  }
}

export async function seen(market: string, language: string): Promise<void> {
  await count("/v1/visits/seen", { market, language });
}

export async function tookNextStep(): Promise<void> {
  await count("/v1/visits/next", {});
}

async function count(path: string, more: Record<string, string>): Promise<void> {
  const token = visit.value?.token;
  if (!token) return;
  try {
    // keepalive: the next step may lead away from the page
    await fetch(path, {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, ...more }),
    });
  } catch {
    // A count that is lost is no trouble of the visitor's.
  }
}
