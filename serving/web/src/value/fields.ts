/** What the form asks for: a field is shown where the market's model reads it. */
import type { Given } from "./types";

export interface Field {
  name: string;
  kind: "number" | "yesno" | "choice";
  min?: number;
  max?: number;
  step?: number;
  options?: readonly Given[];
}

const number = (name: string, min: number, max: number, step = 1): Field => ({ name, kind: "number", min, max, step });
const yesno = (name: string): Field => ({ name, kind: "yesno" });

export const AREA = number("area_m2", 8, 2000, 0.1);
export const TYPE: Field = {
  name: "property_type", kind: "choice", options: ["apartment", "house", "townhouse", "cabin", "farm"],
};

/** All may stay open; each that is known can narrow the range. Names of details begin with x_. */
export const MORE: readonly Field[] = [
  number("year_built", 1000, 2100),
  number("floor", -5, 150),
  number("floors_in_building", 1, 170),
  number("bathrooms", 0.5, 30, 0.5),
  number("plot_m2", 1, 1e7),
  number("year_renovated", 1500, 2100),
  { name: "condition", kind: "choice", options: [1, 2, 3, 4, 5] },
  { name: "x_building", kind: "choice", options: [1, 2, 3] },
  ...["lift", "balcony", "terrace", "garage", "garden", "pool", "storage", "air_conditioning", "doorman",
    "x_new_build", "x_top_floor", "x_exterior", "x_duplex", "x_brick"].map(yesno),
];

/** Countries count rooms or bedrooms; a model that reads both needs one. */
export function countedField(reads: readonly string[]): Field {
  return number(reads.includes("rooms") || !reads.includes("bedrooms") ? "rooms" : "bedrooms", 0, 50, 1);
}

/** What the market's model reads of the optional fields. */
export function moreFields(reads: readonly string[]): Field[] {
  return MORE.filter(({ name }) => reads.includes(name));
}

export function isAsked(name: string, reads: readonly string[]): boolean {
  return moreFields(reads).some((field) => field.name === name) || name === "location";
}
