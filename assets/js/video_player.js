// The play button of videos with a poster, and the error of media that the browser cannot play.

/** Says below a player that its file cannot be played, and offers it as a download. */
export function showUnplayable(player, href) {
  if (player.nextElementSibling?.matches(".media-error")) return;
  const error = Object.assign(document.createElement("p"), { className: "media-error" });
  const link = Object.assign(document.createElement("a"), { href, textContent: "Download it", download: "" });
  error.setAttribute("role", "alert");
  player.after(error);
  error.append("This can’t be played here. ", link, " to open it in another app.");
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-action=play-video]");
  if (!button) return;
  const player = button.parentElement;
  const video = player.querySelector("video");
  video.play().catch(({ name }) => name !== "AbortError" && showUnplayable(player, `${video.getAttribute("src")}?download=1`));
  video.focus();
});
document.addEventListener("play", ({ target }) => target.closest(".video")?.setAttribute("data-started", ""), true);
