/** First step: the city, then the district, the postcode, a point of the map or where one is. */
import { useState } from "preact/hooks";
import { announce } from "../../state/announce";
import { boundsOf, metresBetween } from "../geometry";
import { chooseMarket, city, go, map, market, markets, pin, place, problem } from "../state";
import { countryName, errorText, t } from "../texts";
import type { Market, MarketMap, Place, Point } from "../types";
import { CityMap } from "./CityMap";

/** Cities of a country's market that a list can hold; beyond, its postcodes say it better. */
const MOST_CITIES = 40;
const MOST_OPTIONS = 80;

interface Option {
  value: string;
  label: string;
  market: Market;
  city: string | null;
}

function options(all: readonly Market[]): [string, Option[]][] {
  const groups = new Map<string, Option[]>();
  const own = new Set(all.map((one) => one.city));
  for (const one of all) {
    const group = groups.get(one.country) ?? [];
    groups.set(one.country, group);
    if (one.city) {
      group.push({ value: one.name, label: one.city, market: one, city: one.city });
      continue;
    }
    const others = one.cities.filter((name) => !own.has(name));
    if (others.length && others.length <= MOST_CITIES) {
      others.forEach((name) => group.push({ value: `${one.name}|${name}`, label: name, market: one, city: name }));
    } else if (others.length || !one.cities.length) {
      const label = t("where.elsewhere", { country: countryName(one.country) });
      group.push({ value: one.name, label, market: one, city: null });
    }
  }
  for (const group of groups.values()) {
    group.sort((a, b) => Number(a.city === null) - Number(b.city === null) || a.label.localeCompare(b.label));
  }
  return [...groups].sort((a, b) => countryName(a[0]).localeCompare(countryName(b[0])));
}

export function Where() {
  const groups = options(markets.value?.markets ?? []);
  const flat = groups.flatMap(([, group]) => group);
  const chosen = flat.find((one) => one.market.name === market.value?.name && one.city === city.value);
  const [missing, setMissing] = useState(false);
  const known = place.value !== null || pin.value !== null;

  const send = (event: Event) => {
    event.preventDefault();
    const placeless = map.value !== null && !map.value.places.length;
    if (market.value?.reads && map.value && (known || placeless)) go("what");
    else setMissing(true);
  };
  return (
    <form class="panel home-form" onSubmit={send} noValidate data-testid="where">
      <div class="field">
        <label for="city">{t("where.city")}</label>
        <select id="city" class="input" value={chosen?.value ?? ""} data-testid="city" required
          onChange={(event) => {
            const option = flat.find((one) => one.value === event.currentTarget.value);
            setMissing(false);
            if (option) void chooseMarket(option.market, option.city);
          }}>
          <option value="" disabled>{t("where.choose")}</option>
          {groups.map(([country, group]) => (
            <optgroup key={country} label={countryName(country)}>
              {group.map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}
            </optgroup>
          ))}
        </select>
      </div>
      {chosen && !map.value && !problem.value && <p class="soft loading"><span class="spinner" /> {t("ui.loading")}</p>}
      {map.value && <Within map={map.value} />}
      {missing && !known && (
        <p class="form-error" role="alert" data-testid="where-missing">
          {t(chosen ? "where.missing_place" : "where.missing_city")}
        </p>
      )}
      {problem.value && <p class="form-error" role="alert">{errorText(problem.value)}</p>}
      <div class="form-end">
        <button type="submit" class="button primary" data-testid="where-next">{t("value.next")}</button>
      </div>
    </form>
  );
}

function Within({ map }: { map: MarketMap }) {
  const bounds = boundsOf(map);
  const [trouble, setTrouble] = useState<"where.no_position" | "where.far" | null>(null);
  const point = (at: Point | null) => {
    setTrouble(null);
    pin.value = at;
    if (!at) return;
    place.value = nearest(map, at);
    announce(place.value ? t("where.near", { place: place.value.name }) : t("where.pinned"));
  };
  const locate = () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude } }) => {
        const inside = bounds && latitude > bounds.south && latitude < bounds.north
          && longitude > bounds.west && longitude < bounds.east;
        if (inside) point({ latitude, longitude });
        else setTrouble("where.far");
      },
      () => setTrouble("where.no_position"),
      { enableHighAccuracy: true, timeout: 15_000 },
    );
  return (
    <>
      {map.places.length > 0 && (
        <PlaceField places={map.places} onPlace={(found) => {
          pin.value = null;
          place.value = found;
        }} />
      )}
      {map.located && bounds && (
        <div class="field">
          <span class="label" id="map-label">{t("where.map")}</span>
          <p class="soft small">{t("where.map_hint")}</p>
          <CityMap map={map} bounds={bounds} onPoint={point} />
          <div class="map-end">
            <p class="small" data-testid="pinned">{pinned()}</p>
            {pin.value && (
              <button type="button" class="button bare-text small-button" onClick={() => point(null)}>
                {t("where.unpin")}
              </button>
            )}
            {"geolocation" in navigator && (
              <button type="button" class="button small-button" onClick={locate} data-testid="locate">
                {t("where.locate")}
              </button>
            )}
          </div>
          {trouble && <p class="bad small" role="alert">{t(trouble)}</p>}
        </div>
      )}
    </>
  );
}

function pinned(): string {
  if (!pin.value) return "";
  return place.value ? t("where.near", { place: place.value.name }) : t("where.pinned");
}

/** The list of the city's parts; long ones are searched by typing. */
function PlaceField({ places, onPlace }: { places: readonly Place[]; onPlace: (found: Place | null) => void }) {
  const codes = places.every(({ field }) => field === "postcode") || places.some(({ field }) => field === "postcode");
  const label = t(codes ? "where.postcode" : "where.district");
  const find = (name: string) => places.find((one) => one.name.toLowerCase() === name.trim().toLowerCase()) ?? null;
  const value = place.value?.name ?? "";
  if (places.length > MOST_OPTIONS) {
    return (
      <div class="field">
        <label for="place">{label}</label>
        <input id="place" class="input" list="places" defaultValue={value} autocomplete="postal-code"
          data-testid="place" onInput={(event) => onPlace(find(event.currentTarget.value))}
          aria-describedby="place-hint" />
        <p class="soft small" id="place-hint">{t("where.type_hint")}</p>
        <datalist id="places">{places.map(({ name }) => <option key={name} value={name} />)}</datalist>
      </div>
    );
  }
  return (
    <div class="field">
      <label for="place">{label}</label>
      <select id="place" class="input" value={value} data-testid="place"
        onChange={(event) => onPlace(find(event.currentTarget.value))}>
        <option value="">{t("where.choose")}</option>
        {places.map(({ name }) => <option key={name} value={name}>{name}</option>)}
      </select>
    </div>
  );
}

/** The part of the city whose middle is nearest. */
function nearest(map: MarketMap, at: Point): Place | null {
  let found: Place | null = null;
  let least = Infinity;
  for (const one of map.places) {
    if (one.latitude === null || one.longitude === null) continue;
    const metres = metresBetween(at, { latitude: one.latitude, longitude: one.longitude });
    if (metres < least) [found, least] = [one, metres];
  }
  return found;
}

/** "Podgórze, Kraków" for the summary of what was said. */
export function placeText(): string {
  const parts = [place.value?.name, city.value ?? (market.value ? countryName(market.value.country) : "")];
  return parts.filter(Boolean).join(", ");
}

