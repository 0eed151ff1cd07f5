/** The declared home as a form: to start with, and later to change. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ApiError } from "../api/http";
import type { Home, Info } from "../api/types";
import { t } from "../i18n/i18n";
import { homeType, roomName, rulesTitle } from "../i18n/names";
import { errorText } from "../i18n/problems";
import { EXTRAS } from "./extras";
import { Stepper } from "./Stepper";

const MOST_ROOMS = 100;
const FINEST_BATHROOM = 0.25;

export interface Declared {
  home: Home;
  rules: string | null;
  consent: boolean;
}

interface Props {
  info: Info;
  initial: Declared;
  submit: string;
  /** Rules are chosen once, when a listing is created. */
  chooseRules: boolean;
  onSubmit: (declared: Declared) => Promise<void>;
  children?: ComponentChildren;
}

export function HomeForm({ info, initial, submit, chooseRules, onSubmit, children }: Props) {
  const [home, setHome] = useState(initial.home);
  const [rules, setRules] = useState(initial.rules);
  const [consent, setConsent] = useState(initial.consent);
  const [error, setError] = useState<ApiError | null>(null);
  const [working, setWorking] = useState(false);
  const offered = [...EXTRAS, ...home.extras.filter((extra) => !EXTRAS.includes(extra))];

  const send = async (event: Event) => {
    event.preventDefault();
    if (working) return;
    setWorking(true);
    setError(null);
    try {
      await onSubmit({ home, rules, consent });
    } catch (thrown) {
      setError(thrown as ApiError);
      setWorking(false);
    }
  };

  return (
    <form class="home-form" onSubmit={(event) => void send(event)} data-testid="home-form">
      <fieldset class="field">
        <legend>{t("home.type")}</legend>
        <div class="chips">
          {info.home_types.map((type) => (
            <label key={type} class="chip">
              <input type="radio" name="type" value={type} checked={home.type === type}
                data-testid={`type-${type}`} onChange={() => setHome({ ...home, type })} />
              <span>{homeType(type)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="pair">
        <Stepper label={t("home.bedrooms")} value={home.bedrooms} step={1} finest={1} max={MOST_ROOMS}
          testid="bedrooms" {...steps(t("home.bedrooms"))} onValue={(bedrooms) => setHome({ ...home, bedrooms })} />
        <Stepper label={t("home.bathrooms")} hint={t("home.bathrooms_hint")} value={home.bathrooms} step={0.5}
          finest={FINEST_BATHROOM} max={MOST_ROOMS} testid="bathrooms"
          {...steps(t("home.bathrooms"))}
          onValue={(bathrooms) => setHome({ ...home, bathrooms })} />
      </div>
      <fieldset class="field">
        <legend>{t("home.extras")}</legend>
        <div class="chips">
          {offered.map((extra) => (
            <label key={extra} class="chip">
              <input type="checkbox" checked={home.extras.includes(extra)} data-testid={`extra-${extra}`}
                onChange={() => setHome({ ...home, extras: toggled(home.extras, extra) })} />
              <span>{roomName(extra)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {chooseRules && info.rules.length > 1 && (
        <fieldset class="field">
          <legend>{t("home.rules")}</legend>
          <div class="chips">
            {info.rules.map(({ name, title }) => (
              <label key={name} class="chip">
                <input type="radio" name="rules" value={name} checked={(rules ?? info.default_rules) === name}
                  data-testid={`rules-${name}`} onChange={() => setRules(name)} />
                <span>{rulesTitle(name, title)}</span>
              </label>
            ))}
          </div>
        </fieldset>
      )}
      <label class="consent">
        <input type="checkbox" checked={consent} data-testid="consent"
          onChange={(event) => setConsent(event.currentTarget.checked)} />
        <span>{t("home.consent")} <span class="soft">{t("home.consent_hint")}</span></span>
      </label>
      {error && <p class="form-error" role="alert" data-testid="form-error">{errorText(error)}</p>}
      <div class="form-end">
        {children}
        <button type="submit" class="button primary" disabled={working} data-testid="home-submit">
          {working ? t("start.working") : submit}
        </button>
      </div>
    </form>
  );
}

const steps = (field: string) => ({ less: t("home.less", { field }), more: t("home.more", { field }) });

function toggled(list: readonly string[], item: string): string[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}
