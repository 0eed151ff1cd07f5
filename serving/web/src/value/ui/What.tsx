/** Second step: size and rooms, without which there is no value. */
import { useState } from "preact/hooks";
import { Stepper } from "../../ui/Stepper";
import { AREA, TYPE } from "../fields";
import { counted, go, home, put, reads } from "../state";
import { fieldName, t } from "../texts";
import { FieldInput } from "./FieldInput";

const MOST_ROOMS = 50;

export function What() {
  const [missing, setMissing] = useState(false);
  const rooms = counted.value.name;
  const label = fieldName(rooms);
  const area = home.value.area_m2;
  const send = (event: Event) => {
    event.preventDefault();
    if (home.value[rooms] === undefined) put(rooms, START);
    const fine = typeof area === "number" && area >= (AREA.min ?? 0) && area <= (AREA.max ?? Infinity);
    if (fine) go("more");
    else setMissing(true);
  };
  const START = 2;
  const value = home.value[rooms];
  return (
    <form class="panel home-form" onSubmit={send} noValidate data-testid="what">
      <FieldInput field={AREA} unit="m²" hint={t("what.area_hint")} />
      <Stepper label={label} hint={t(rooms === "rooms" ? "what.rooms_hint" : "what.bedrooms_hint")}
        value={typeof value === "number" ? value : START} step={1} finest={1} max={MOST_ROOMS} testid="rooms"
        less={t("value.less", { field: label })} more={t("value.more", { field: label })}
        onValue={(count) => put(rooms, Number.isNaN(count) ? null : count)} />
      {reads.value.includes("property_type") && <FieldInput field={TYPE} />}
      {missing && <p class="form-error" role="alert" data-testid="what-missing">{t("what.missing")}</p>}
      <div class="form-end">
        <button type="button" class="button" onClick={() => history.back()}>{t("value.back")}</button>
        <button type="submit" class="button primary" data-testid="what-next">{t("value.next")}</button>
      </div>
    </form>
  );
}
