import "@fontsource-variable/inter"
import "./css/tokens.css"
import "./css/base.css"
import "./css/parts.css"
import "./css/shell.css"
import { CSPProvider } from "@base-ui/react/csp-provider"
import { RouterProvider } from "@tanstack/react-router"
import { createRoot } from "react-dom/client"
import { retryFailed } from "./Client.ts"
import { wordsOf } from "./Language.ts"
import { router } from "./Routes.tsx"
import { firstLanguage, Speaking } from "./Speech.tsx"

/** A chunk of an older build is gone: the service was replaced while the page was open. Loading it again gets the new one. */
addEventListener("vite:preloadError", (event) => {
  const last = Number(sessionStorage.getItem("fairground-loaded-again") ?? 0)
  if (Date.now() - last < 10_000) return
  event.preventDefault()
  sessionStorage.setItem("fairground-loaded-again", String(Date.now()))
  location.reload()
})

addEventListener("online", retryFailed)

const place = document.querySelector("#root")
const first = firstLanguage()
const words = await wordsOf(first)

if (place !== null) {
  createRoot(place).render(
    // The policy allows no styles in the page: the parts bring none, and ours are in files.
    <CSPProvider disableStyleElements>
      <Speaking first={first} words={words}>
        <RouterProvider router={router} />
      </Speaking>
    </CSPProvider>
  )
}
