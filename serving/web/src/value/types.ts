/** What the service says and takes; serving/api/valuation_models.py and visit_models.py. */
export interface Market {
  name: string;
  title: string;
  country: string;
  city: string | null;
  cities: readonly string[];
  currency: string;
  price_kind: "asking" | "closing";
  through: string;
  homes: number;
  reads: readonly string[] | null;
}

export interface Markets {
  public: boolean;
  challenge: boolean;
  markets: readonly Market[];
}

export interface Place {
  name: string;
  field: "zone" | "postcode";
  value: string;
  latitude: number | null;
  longitude: number | null;
}

export interface MarketMap {
  market: string;
  city: string | null;
  located: boolean;
  south: number | null;
  west: number | null;
  north: number | null;
  east: number | null;
  cells: readonly string[];
  places: readonly Place[];
  /** Field to the share of the range's width that knowing it saves. */
  saves: Readonly<Record<string, number>>;
}

export interface Point {
  latitude: number;
  longitude: number;
}

export interface Comparable {
  date: string;
  price: number;
  price_today: number;
  adjusted_price: number;
  metres: number | null;
  latitude: number | null;
  longitude: number | null;
  city: string | null;
  area_m2: number | null;
  rooms: number | null;
  bedrooms: number | null;
}

export interface Valuation {
  market: string;
  version: string;
  date: string;
  currency: string;
  price_kind: "asking" | "closing";
  value: number;
  low: number;
  high: number;
  coverage: number;
  tier: "high" | "medium" | "low";
  tier_shown: { mdape: number; ppe10: number; ppe20: number; n: number } | null;
  base: number;
  contributions: readonly { topic: string; label: string; amount: number }[];
  comparables: readonly Comparable[];
  narrows: readonly { field: string; label: string; saves: number }[];
  latitude: number | null;
  longitude: number | null;
  words: { lines: readonly string[]; shown: string | null; comparable: string };
}

export type Variant = "none" | "words" | "full";

export interface Visit {
  token: string | null;
  variant: Variant;
  expires_at: string;
  next: { url: string | null };
}

export type Given = number | boolean | string;
