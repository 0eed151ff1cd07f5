/** What is known: markets, the visitor's home, the answer; and every action on it. */
import { computed, signal } from "@preact/signals";
import type { Challenge } from "altcha-lib";
import { type ApiError, asApiError, calls } from "../api/http";
import { lang } from "../i18n/language";
import { countedField } from "./fields";
import { proofOfWork } from "./solve";
import type { Given, Market, MarketMap, Markets, Place, Point, Valuation } from "./types";
import { begin as beginVisit, seen } from "./visit";

export const { json } = calls(() => ({}));

export const STEPS = ["where", "what", "more"] as const;
export type Step = (typeof STEPS)[number] | "answer";

export const markets = signal<Markets | null>(null);
export const failed = signal<ApiError | null>(null);
export const step = signal<Step>("where");
/** The field that the next step shall begin at. */
export const wanted = signal<string | null>(null);

export const market = signal<Market | null>(null);
export const city = signal<string | null>(null);
export const map = signal<MarketMap | null>(null);
export const place = signal<Place | null>(null);
export const pin = signal<Point | null>(null);
export const home = signal<Readonly<Record<string, Given>>>({});

export const answer = signal<Valuation | null>(null);
export const problem = signal<ApiError | null>(null);
export const working = signal(false);

export const reads = computed<readonly string[]>(() => market.value?.reads ?? []);
export const counted = computed(() => countedField(reads.value));

const work = proofOfWork(() => json<Challenge>("/v1/valuations/challenge"));

export async function load(): Promise<void> {
  failed.value = null;
  try {
    markets.value = await json<Markets>("/v1/markets");
  } catch (error) {
    failed.value = asApiError(error);
  }
}

let asked = 0;

/** Take a market, and of a country's market one of its cities. */
export async function chooseMarket(chosen: Market, chosenCity: string | null): Promise<void> {
  const number = ++asked;
  market.value = chosen;
  city.value = chosenCity;
  map.value = place.value = pin.value = problem.value = null;
  home.value = {};
  const path = `/v1/markets/${encodeURIComponent(chosen.name)}`;
  const query = chosenCity ? `?city=${encodeURIComponent(chosenCity)}` : "";
  try {
    const [full, drawn] = await Promise.all([json<Market>(path), json<MarketMap>(`${path}/map${query}`)]);
    if (number !== asked) return; // another one was chosen meanwhile
    market.value = full;
    map.value = drawn;
  } catch (error) {
    if (number === asked) problem.value = asApiError(error);
  }
}

export function put(field: string, value: Given | null): void {
  const { [field]: _, ...rest } = home.value;
  home.value = value === null ? rest : { ...rest, [field]: value };
}

/** Go to a step, as a page of its own for the browser's way back. */
export function go(to: Step, field: string | null = null): void {
  if (to !== "where" && markets.value?.challenge) work.begin();
  if (to !== step.value) history.pushState({ step: to }, "");
  wanted.value = field;
  problem.value = null;
  step.value = to;
}

export function listen(): void {
  history.replaceState({ step: "where" }, "");
  addEventListener("popstate", (event) => {
    const to = (event.state as { step?: Step } | null)?.step ?? "where";
    wanted.value = null;
    step.value = to === "answer" && !answer.value ? "more" : to;
  });
  let language = lang.value;
  lang.subscribe((now) => {
    if (now === language) return;
    language = now;
    if (answer.value) void ask(); // the reasons come in words
  });
}

function request(): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  const details: Record<string, number> = {};
  for (const [name, value] of Object.entries(home.value)) {
    if (name.startsWith("x_")) details[name.slice(2)] = Number(value);
    else given[name] = value;
  }
  if (city.value) given.city = city.value;
  if (pin.value) Object.assign(given, pin.value);
  else if (place.value) given[place.value.field] = place.value.value;
  if (Object.keys(details).length) given.details = details;
  return { home: given, market: market.value?.name, language: lang.value, comparables: 6 };
}

/** The value; a solution that came too late is replaced once. */
async function valued(again: boolean): Promise<Valuation> {
  const body = request();
  if (markets.value?.challenge) body.altcha = await work.done();
  try {
    const found = await json<Valuation>("/v1/valuations", "POST", body);
    work.drop();
    return found;
  } catch (error) {
    const known = asApiError(error);
    if (known.code !== "valuation.challenge" || !again) throw known;
    work.drop();
    return valued(false);
  }
}

export async function ask(): Promise<void> {
  if (working.value) return;
  working.value = true;
  problem.value = null;
  try {
    const [found] = await Promise.all([valued(true), beginVisit()]);
    answer.value = found;
    go("answer");
    void seen(found.market, lang.value);
  } catch (error) {
    problem.value = asApiError(error);
  } finally {
    working.value = false;
  }
}
