/** What comes after the value: book a visit, where the service says how; else interest is counted. */
import { useState } from "preact/hooks";
import { t } from "../texts";
import { tookNextStep, visit } from "../visit";

export function NextStep() {
  const [said, setSaid] = useState(false);
  const url = visit.value?.next.url ?? null;
  const take = () => {
    setSaid(true);
    void tookNextStep();
  };
  return (
    <section class="next-step" aria-labelledby="next-title" data-testid="next-step">
      <div>
        <h2 id="next-title">{t("next.title")}</h2>
        <p>{t(url ? "next.text" : "next.text_interest")}</p>
      </div>
      {url ? (
        <a class="button primary" href={url} rel="noopener noreferrer" target={url.startsWith("https:") ? "_blank" : undefined}
          onClick={take} data-testid="next">{t("next.book")}</a>
      ) : said ? (
        <p role="status" class="thanks" data-testid="thanks">{t("next.thanks")}</p>
      ) : (
        <button type="button" class="button primary" onClick={take} data-testid="next">{t("next.interested")}</button>
      )}
    </section>
  );
}
