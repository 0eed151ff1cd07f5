/**
 * Rooms, extras and homes in words. A type that the message files do not know (a rule file may name
 * any) is shown as it is written, underscores as spaces.
 */
import type { Home } from "../api/types";
import { known, list, maybe, t } from "./i18n";

const plain = (room: string) => room.replaceAll("_", " ");

/** "Kitchen" */
export function roomName(room: string): string {
  const name = maybe(`name.${room}`) ?? plain(room);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** "Kitchen and living room" */
export function roomNames(rooms: readonly string[]): string {
  if (!rooms.length) return roomName("other");
  const names = rooms.map((room, at) => (at ? lowered(roomName(room)) : roomName(room)));
  return list(names);
}

/** "the kitchen", with the language's own article */
export function theRoom(room: string): string {
  return maybe(`the.${room}`) ?? t("the.unknown", { name: plain(room) });
}

/** "of the kitchen", "of the bedrooms" */
export function ofRoom(room: string, count: number): string {
  return maybe(`of.${room}`, { count }) ?? t("of.unknown", { name: plain(room) });
}

/** "House · 3 bedrooms · 2.5 bathrooms · garage" */
export function homeParts(home: Home): string[] {
  return [
    homeType(home.type),
    t("home.summary_bedrooms", { count: home.bedrooms }),
    t("home.summary_bathrooms", { count: home.bathrooms }),
    ...[...home.extras].sort().map((extra) => lowered(roomName(extra))),
  ];
}

export function homeType(type: string): string {
  return maybe(`type.${type}`) ?? plain(type);
}

/** A rule file's title; `title` is what the service calls it. */
export function rulesTitle(name: string, title: string): string {
  const key = `rules.${name}`;
  return known(key) ? t(key) : title;
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
