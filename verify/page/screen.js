/* The page itself: what was chosen, and when to check it. */

const CHECKED = { verified: "Verified.", self_consistent: "Consistent, but not verified.", incomplete: "Incomplete.", refused: "Refused." };

function chosenFiles(id) {
  return [...document.getElementById(id).files];
}

/** The bytes of a file; of one that is larger than any pack, as many as show that it is too large. */
async function bytesOf(file) {
  return new Uint8Array(await file.slice(0, MOST_PACK_BYTES + 1).arrayBuffer());
}

async function bytesOfFirst(id) {
  const [file] = chosenFiles(id);
  return file ? bytesOf(file) : null;
}

function say(text) {
  document.getElementById("status").textContent = text;
}

function clearAnswer() {
  document.getElementById("answer").replaceChildren();
  say("");
}

function complain(text) {
  document.getElementById("answer").replaceChildren(element("p", { class: "problem" }, text));
  say(text);
}

async function checkChosen() {
  clearAnswer();
  const [file] = chosenFiles("pack");
  if (!file) return complain("Choose an evidence pack first.");
  if (!(await canVerify())) return complain("This browser cannot check Ed25519 signatures in a page from disk. Use a newer one.");
  say("Checking. Nothing leaves this computer.");
  const pack = await bytesOf(file);
  const options = {
    policy: await bytesOfFirst("policy"),
    since: await bytesOfFirst("since"),
    authorities: await Promise.all(chosenFiles("authorities").map(bytesOf)),
  };
  const examined = await examine(pack, options);
  const described = { name: file.name, size: file.size, digest: await digestOf(pack) };
  document.getElementById("answer").replaceChildren(...answerOf(examined, described));
  document.getElementById("answer").scrollIntoView();
  return say(`${CHECKED[examined.result.outcome]} The answer stands below.`);
}

/** Whatever goes wrong, there is a sentence and no verdict: an answer that could not be finished proves nothing. */
async function onCheck(event) {
  event.preventDefault();
  const button = document.getElementById("check");
  button.disabled = true;
  try {
    await checkChosen();
  } catch (error) {
    if (error instanceof Malformed) complain(`${sentence(error.message)} The pack was not checked.`);
    else complain("The check could not be finished, so nothing is proved. One of the files could not be read.");
  } finally {
    button.disabled = false;
  }
}

document.getElementById("form").addEventListener("submit", onCheck);
// An answer about other files than the ones that are chosen now must not stay on the screen.
document.getElementById("form").addEventListener("change", clearAnswer);
document.getElementById("check").disabled = false;

// For tests and for programs that drive a browser: the same check, without the page.
window.lossproof = Object.freeze({ verify });
