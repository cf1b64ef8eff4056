export const folder: string
export const built: string
export const entries: ReadonlyArray<string>
export const alsoInputs: ReadonlyArray<string>
export const digest: (bytes: string | Uint8Array) => string
export const hasSources: () => boolean
export const isBuilt: () => boolean
export const isInstalled: () => boolean
