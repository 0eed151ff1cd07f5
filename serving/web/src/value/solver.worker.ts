/** Solves a proof-of-work challenge beside the page, so that nothing on it stalls. */
import { type Challenge, solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";

self.onmessage = (message: MessageEvent<Challenge>) => {
  solveChallenge({ challenge: message.data, deriveKey }).then(
    (solution) => self.postMessage(solution),
    () => self.postMessage(null),
  );
};
