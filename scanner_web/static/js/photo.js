// Photos are made smaller before they are sent: a phone's picture has megabytes that a market's network has not.
// Where a browser cannot, the original goes.

const LONGEST = 1600; // pixels
const QUALITY = 0.82;

/** Of a picture file a JPEG of at most LONGEST pixels a side; the file itself where that is no gain. */
export async function smaller(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return blob && blob.size < file.size ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
}

const working = new WeakMap(); // form -> how many of its pictures are not ready yet

async function scaleDown(input) {
  const { form } = input;
  const chosen = [...input.files];
  working.set(form, (working.get(form) ?? 0) + 1);
  try {
    const ready = new DataTransfer();
    for (const file of chosen) ready.items.add(await smaller(file).catch(() => file));
    const same = chosen.length === input.files.length && chosen.every((file, at) => file === input.files[at]);
    if (same) input.files = ready.files; // else somebody chose others in the meantime
  } finally {
    working.set(form, working.get(form) - 1);
    if (!working.get(form)) form.dispatchEvent(new Event("photosready"));
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.("input[type=file][data-photo]") && event.target.form) scaleDown(event.target);
});

// Before any other listener: who sends the form while a picture is being made smaller waits for it.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!working.get(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.addEventListener("photosready", () => form.requestSubmit(event.submitter), { once: true });
  },
  { capture: true },
);
