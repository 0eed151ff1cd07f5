/** What the review API takes and gives: serving/api/review_models.py in TypeScript. */

export type Kind = "badly_located" | "wrong_class" | "bogus" | "overlooked";

/** Shares of the upright photo's width and height. */
export interface Corners {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

export interface TaskBox extends Corners {
  id: string;
  label: string;
}

export interface Suggestion {
  action: "move" | "relabel" | "delete" | "add";
  label: string | null;
  x1: number | null;
  y1: number | null;
  x2: number | null;
  y2: number | null;
}

export interface Edit {
  op: "add" | "move" | "relabel" | "delete";
  box_id: string | null;
  label: string | null;
  x1: number | null;
  y1: number | null;
  x2: number | null;
  y2: number | null;
}

export interface Picture {
  id: string;
  name: string;
  width: number;
  height: number;
  url: string;
}

export interface Task {
  id: string;
  set: string;
  kind: Kind;
  reason: string;
  reason_code: string;
  image: Picture;
  boxes: readonly TaskBox[];
  box_id: string | null;
  suggestion: Suggestion | null;
  classes: readonly string[];
  draft: { edits: readonly Edit[] } | null;
  leased_until: string;
}

export type Outcome = "accept" | "reject" | "edit" | "skip";

export interface Answer {
  outcome: Outcome;
  edits: readonly Edit[];
  /** How long the labeler looked at the photo. */
  seconds: number;
}

export interface Progress {
  done_today: number;
  open: number;
  seconds_median: number | null;
  sets: readonly { name: string; open: number }[];
}

export interface Answered {
  progress: Progress;
}
