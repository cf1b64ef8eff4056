// Runs before the page is drawn: the theme that was chosen, instead of the system's for a moment.
try {
  const theme = localStorage.getItem("fairground-theme")
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme
} catch {
  // Storage may be off: then the system's theme it is.
}
