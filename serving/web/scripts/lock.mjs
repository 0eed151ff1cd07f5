/**
 * Takes out of package-lock.json what names an outside address (who wants donations), so that the
 * lock holds names, versions and hashes alone. Run by `npm run lock` after every change of it.
 */
import { readFileSync, writeFileSync } from "node:fs";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
for (const entry of Object.values(lock.packages)) {
  delete entry.funding;
  delete entry.resolved;
}
const text = `${JSON.stringify(lock, null, 2)}\n`;
if (text.includes("http")) throw new Error("package-lock.json still names an address");
writeFileSync("package-lock.json", text);
