import type { Page } from "./shapes.ts"

/** The settings in a block of data in the page, which spares the request. */
export const inPage = (slug: string): Page | undefined => {
  const text = document.getElementById(`fairground-${slug}`)?.textContent
  return text ? (JSON.parse(text) as Page) : undefined
}

/**
 * Asks the service for the settings. `broken`: there is no such game, or nobody may see it. `offline` and `failed`: no answer that says
 * anything.
 */
export const load = async (
  home: string,
  slug: string,
  language: string
): Promise<Page | "broken" | "offline" | "failed"> => {
  try {
    const response = await fetch(
      `${home}/api/v1/games/${encodeURIComponent(slug)}/page?lang=${encodeURIComponent(language)}`,
      { credentials: "omit", signal: AbortSignal.timeout(12_000) }
    )
    if (response.ok) return (await response.json()) as Page
    return response.status < 500 && response.status !== 429 ? "broken" : "failed"
  } catch {
    return navigator.onLine ? "failed" : "offline"
  }
}
