/** What this browser remembers of its person's wishes. Storage may be off: then it remembers nothing. */

export const remembered = (name: string): string | null => {
  try {
    return localStorage.getItem(`fairground-${name}`)
  } catch {
    return null
  }
}

export const remember = (name: string, value: string | null): void => {
  try {
    if (value === null) localStorage.removeItem(`fairground-${name}`)
    else localStorage.setItem(`fairground-${name}`, value)
  } catch {
    // As said above.
  }
}
