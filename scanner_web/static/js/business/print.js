// The buttons that print the page; without scripts they are not there, and the browser's own menu prints it.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
