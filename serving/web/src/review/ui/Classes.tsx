/** The classes: by digit, by click, or searched for by name. */
import { useComputed } from "@preact/signals";
import { useState } from "preact/hooks";
import { relabel } from "../keys/actions";
import { classQuery, closeClasses, SEARCH } from "../keys/classes";
import * as work from "../state/work";
import { labelName, t } from "../texts";
import type { Task } from "../types";
import { Keycap } from "./Key";

const LIST = "class-list";

export function Classes({ task }: { task: Task }) {
  const [at, setAt] = useState(0);
  const matches = useComputed(() => {
    const query = classQuery.value.trim().toLowerCase();
    const fits = (label: string) => `${label} ${labelName(label)}`.toLowerCase().includes(query);
    return task.classes.map((label, number) => ({ label, number })).filter(({ label }) => fits(label));
  });
  const active = Math.min(at, matches.value.length - 1);

  function choose(label: string | undefined): void {
    relabel(label);
    closeClasses();
    setAt(0);
  }

  function pressed(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setAt(Math.min(Math.max(active + step, 0), matches.value.length - 1));
    } else if (event.key === "Enter") choose(matches.value[active]?.label);
    else if (event.key === "Escape") closeClasses();
  }

  const now = work.selectedBox.value?.label;
  return (
    <section class="classes" aria-labelledby="classes-title">
      <h2 id="classes-title">{t("task.classes")}</h2>
      <label class="class-search">
        <span class="hidden">{t("task.search_class")}</span>
        <input
          id={SEARCH}
          type="text"
          role="combobox"
          autocomplete="off"
          aria-expanded="true"
          aria-controls={LIST}
          aria-autocomplete="list"
          aria-activedescendant={matches.value[active] ? `class-${matches.value[active].number}` : undefined}
          placeholder={t("task.search_class")}
          data-testid="class-search"
          value={classQuery.value}
          onInput={(event) => {
            classQuery.value = event.currentTarget.value;
            setAt(0);
          }}
          onKeyDown={pressed}
        />
        <Keycap id="classes" />
      </label>
      <ul id={LIST} role="listbox" aria-labelledby="classes-title" tabIndex={-1}>
        {matches.value.map(({ label, number }, index) => (
          <li
            key={label}
            id={`class-${number}`}
            role="option"
            aria-selected={label === now}
            class={index === active && classQuery.value ? "active" : ""}
            data-testid={`class-${label}`}
            onClick={() => choose(label)}
          >
            <kbd class={number < 9 ? "" : "no-key"}>{number < 9 ? number + 1 : ""}</kbd>
            <span class="cut">{labelName(label)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
