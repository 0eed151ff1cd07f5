/**
 * What the HTTP API takes and gives, as far as this page reads it: serving/api/models.py and
 * vision/report.py in TypeScript.
 */

export interface Home {
  type: string;
  bedrooms: number;
  bathrooms: number;
  extras: readonly string[];
}

export interface RoomGuess {
  type: string;
  probability: number;
}

export interface Box {
  label: string;
  score: number;
}

export interface QualityFinding {
  code: string;
  value: number;
  threshold: number;
  unit: string;
  message: string;
  other: string | null;
}

export interface Examined {
  format: string;
  width: number;
  height: number;
  rooms: readonly RoomGuess[];
  people: readonly Box[];
  quality: readonly QualityFinding[];
}

export type Policy = "blur" | "pixelate" | "remove" | "withhold";

export interface Receipt {
  policy: Policy;
  status: "copied" | "withheld" | "failed";
  code: string;
  message: string;
  people: readonly Box[];
}

export interface SafeCopyLink {
  url: string | null;
  thumbnail_url: string | null;
  receipt: Receipt;
}

export interface Photo {
  id: string;
  name: string;
  bytes: number;
  uploaded_at: string;
  original_until: string | null;
  findings: Examined;
  answer: readonly string[] | null;
  copy: SafeCopyLink;
}

export interface Listing {
  id: string;
  home: Home;
  rules: string;
  policy: Policy;
  reference: string;
  training_consent: boolean;
  room_choices: readonly string[];
  photos: readonly Photo[];
}

export type LineStatus = "ok" | "unsure" | "partial" | "missing" | "optional";

export interface Line {
  code: string;
  status: LineStatus;
  title: string;
  room: string | null;
  also: readonly string[];
  required: boolean;
  need: number;
  have: number;
  sure: number;
  evidence: readonly string[];
  note: string;
}

export interface Retake {
  photo: string;
  codes: readonly string[];
  counts: boolean;
}

export interface Question {
  code: "ask.room" | "ask.both" | "ask.extra";
  photo: string | null;
  choices: readonly string[];
}

export interface PhotoCard {
  id: string;
  width: number;
  height: number;
  room: string;
  probability: number;
  sure: boolean;
  answered: boolean;
  counts_for: readonly string[];
  duplicate_of: string | null;
  quality: readonly QualityFinding[];
  people: number;
}

export interface Report {
  home: Home;
  rules: string;
  rules_title: string;
  complete: boolean;
  lines: readonly Line[];
  retakes: readonly Retake[];
  questions: readonly Question[];
  photos: readonly PhotoCard[];
}

export interface ListingReport {
  listing: string;
  report: Report;
  photo_ids: Readonly<Record<string, string>>;
}

export interface Problem {
  status: number;
  detail: string;
  code: string;
  accepted?: string | null;
  do?: string | null;
}

export interface UploadResult {
  results: readonly {
    file: string;
    status: "stored" | "already_there" | "refused";
    photo: Photo | null;
    problem: Problem | null;
  }[];
}

export type Stage = "receiving" | "waiting" | "looking" | "copying" | "refused";

export interface Progress {
  file: string;
  stage: Stage;
  findings: Examined | null;
  problem: Problem | null;
}

export interface Info {
  keys_required: boolean;
  home_types: readonly string[];
  room_types: readonly string[];
  rules: readonly { name: string; title: string; source: string }[];
  default_rules: string;
  formats: readonly string[];
  max_bytes: number;
  max_photos: number;
}

export interface NewListing {
  home: Home;
  rules: string | null;
  training_consent: boolean;
}

export interface ListingChange {
  home?: Home;
  training_consent?: boolean;
}
