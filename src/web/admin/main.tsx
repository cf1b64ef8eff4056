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
