/** The extras that the form offers; any other that the home declares is shown beside them. */
export const EXTRAS: readonly string[] = [
  "balcony",
  "terrace",
  "garden",
  "pool",
  "garage",
  "parking",
  "basement",
  "attic",
  "laundry_room",
  "storage_room",
  "study",
  "fireplace",
];
