/** The page at /: declare a home, or, where keys are required, open the agency's link instead. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client";
import { asApiError, type ApiError } from "../api/http";
import type { Info } from "../api/types";
import { t } from "../i18n/i18n";
import { randomId } from "../random";
import { Failed, Loading } from "./Message";
import { type Declared, HomeForm } from "./HomeForm";

const START: Declared = {
  home: { type: "house", bedrooms: 3, bathrooms: 1, extras: [] },
  rules: null,
  consent: false,
};

export function StartPage() {
  const [info, setInfo] = useState<Info | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const load = () => {
    setError(null);
    api.info().then(setInfo, (thrown) => setError(asApiError(thrown)));
  };
  useEffect(load, []);
  const title = t(info?.keys_required ? "start.link_title" : "start.title");
  useEffect(() => {
    document.title = `${title} – homelens`;
  }, [title]);

  if (error) return <Failed error={error} onAgain={load} />;
  if (!info) return <Loading />;
  if (info.keys_required) {
    return (
      <div class="message" data-testid="link-needed">
        <h1>{title}</h1>
        <p>{t("start.link_text")}</p>
      </div>
    );
  }
  return (
    <div class="start">
      <h1>{title}</h1>
      <p class="lead">{t("start.lead")}</p>
      <div class="panel">
        <HomeForm info={info} initial={START} submit={t("start.go")} chooseRules onSubmit={create} />
      </div>
    </div>
  );
}

/** One key for one wording of the home, so that sending it again makes no second listing. */
let sent = { text: "", key: "" };

async function create({ home, rules, consent }: Declared): Promise<void> {
  const wanted = { home, rules, training_consent: consent };
  const text = JSON.stringify(wanted);
  if (sent.text !== text) sent = { text, key: randomId() };
  try {
    const listing = await api.create(wanted, sent.key);
    location.assign(`/listings/${encodeURIComponent(listing.id)}`);
  } catch (error) {
    throw asApiError(error);
  }
}
