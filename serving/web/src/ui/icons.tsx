/** Icons as inline drawings: decoration beside words, never instead of them. */

const line = {
  viewBox: "0 0 24 24",
  width: 20,
  height: 20,
  fill: "none",
  stroke: "currentColor",
  "stroke-width": 1.8,
  "stroke-linecap": "round",
  "stroke-linejoin": "round",
  "aria-hidden": true,
  focusable: "false",
} as const;

const drawing = (path: string) => () => <svg {...line} class="icon"><path d={path} /></svg>;

export const Camera = drawing(
  "M4 8h3l1.5-2.5h7L17 8h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
);
export const Pictures = drawing(
  "M4 5h13v12H4zM7.5 19.5h13v-11M4 14l3.5-3.5 4 4 2-2L17 16M13.4 8.6h.01",
);
export const Check = drawing("m5 12.5 4.5 4.5L19 7.5");
export const Cross = drawing("m6.5 6.5 11 11m0-11-11 11");
export const Warning = drawing("M12 4 2.8 19.5h18.4zM12 10v4.5m0 2.6v.01");
export const Person = drawing("M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0");
export const Tag = drawing("M4 4h8l8.5 8.5-8 8L4 12zM8 8h.01");
export const Again = drawing("M19.5 12a7.5 7.5 0 1 1-2.4-5.5M19.5 3.5v4h-4");
export const Bin = drawing("M4.5 6.5h15M9.5 6V4h5v2M6.5 6.5l.8 13h9.4l.8-13M10 10.5v5.5m4-5.5v5.5");
export const Compare = drawing("M12 3v18M4 6h5M15 6h5v12h-5M9 18H4V6");
export const Pencil = drawing("m4 20 .8-4L16 4.8a1.5 1.5 0 0 1 2.2 0l1 1a1.5 1.5 0 0 1 0 2.2L8 19.2z");
export const Plus = drawing("M12 5v14M5 12h14");
export const Minus = drawing("M5 12h14");
export const Shield = drawing("M12 3.5 5 6v5.5c0 4.5 3 7.5 7 9 4-1.5 7-4.5 7-9V6z");

export function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false" class="mark-logo">
      <rect width="32" height="32" rx="8" fill="var(--brand)" />
      <path d="M7 15.5 16 8l9 7.5V24a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1z" fill="#fff" />
      <circle cx="16" cy="17.5" r="4" fill="var(--brand)" />
      <circle cx="16" cy="17.5" r="1.6" fill="#fff" />
    </svg>
  );
}
