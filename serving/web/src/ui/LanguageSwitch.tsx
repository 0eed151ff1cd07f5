/** The language of the page; `label` says so to those who do not see it. */
import { choose, lang, LANGUAGE_NAMES, LANGUAGES } from "../i18n/language";

export function LanguageSwitch({ label }: { label: string }) {
  return (
    <label class="language">
      <span class="hidden">{label}</span>
      <select
        data-testid="language"
        value={lang.value}
        onChange={(event) => {
          const wanted = LANGUAGES.find((language) => language === event.currentTarget.value);
          if (wanted) choose(wanted);
        }}
      >
        {LANGUAGES.map((language) => (
          <option key={language} value={language} lang={language}>{LANGUAGE_NAMES[language]}</option>
        ))}
      </select>
    </label>
  );
}
