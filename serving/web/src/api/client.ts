/**
 * The API as the seller's page calls it.
 *
 *     const listing = await api.listing(id)
 */
import { calls } from "./http";
import { authorization } from "./token";
import type {
  Info, Listing, ListingChange, ListingReport, NewListing, Photo,
} from "./types";

const { request, json } = calls(authorization);

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
