/**
 * Passkeys in the pages: asks the API for a challenge, lets the browser answer it, and sends the answer back. Buttons for passkeys are
 * shown only where the browser has them, and where they belong to the page's host name. The first lines do what `PublicKeyCredential.parse…FromJSON` and `toJSON` do, which browsers
 * from before 2025 lack.
 */
export const passkeyScript = `
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0))
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
const descriptors = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }))
const forGet = (o) => ({ ...o, challenge: bytes(o.challenge), allowCredentials: descriptors(o.allowCredentials) })
const forCreate = (o) => ({ ...o, challenge: bytes(o.challenge), user: { ...o.user, id: bytes(o.user.id) }, excludeCredentials: descriptors(o.excludeCredentials) })
const answerOf = (credential) => {
  const r = credential.response
  const response = r.attestationObject
    ? { clientDataJSON: text(r.clientDataJSON), attestationObject: text(r.attestationObject), transports: r.getTransports ? r.getTransports() : [] }
    : { clientDataJSON: text(r.clientDataJSON), authenticatorData: text(r.authenticatorData), signature: text(r.signature), ...(r.userHandle ? { userHandle: text(r.userHandle) } : {}) }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, clientExtensionResults: {}, response, ...(credential.authenticatorAttachment ? { authenticatorAttachment: credential.authenticatorAttachment } : {}) }
}
const post = async (path, body) => {
  const answer = await fetch("/api/v1" + path, { method: "POST", headers: { "Content-Type": "application/json" }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  if (!answer.ok) throw new Error(String(answer.status))
  return answer.status === 204 ? undefined : answer.json()
}
const get = async (options) => answerOf(await navigator.credentials.get({ publicKey: forGet(options) }))
const modes = {
  "sign-in": async () => post("/session/passkey", { passkey: await get(await post("/session/passkey-options", { purpose: "sign-in" })) }),
  "second-factor": async () => post("/session/second-factor", { passkey: await get(await post("/session/passkey-options", { purpose: "second-factor" })) }),
  "confirmation": async () => post("/session/confirmation/passkey", { passkey: await get(await post("/session/confirmation/passkey-options")) }),
  "add": async (place) => {
    const credential = await navigator.credentials.create({ publicKey: forCreate(await post("/account/passkeys/options")) })
    await post("/account/passkeys", { name: place.querySelector("input").value, passkey: answerOf(credential) })
  }
}
const { passkeysAt } = document.body.dataset
const isHere = passkeysAt === "localhost" ? location.hostname === passkeysAt : location.origin === passkeysAt
for (const place of document.querySelectorAll("[data-elsewhere]")) place.hidden = isHere
for (const place of document.querySelectorAll("[data-passkey]")) {
  if (!isHere || !window.PublicKeyCredential) continue
  place.hidden = false
  const button = place.querySelector("button")
  const failed = place.querySelector("[role=alert]")
  button.addEventListener("click", async () => {
    failed.hidden = true
    button.disabled = true
    try {
      await modes[place.dataset.passkey](place)
      location.assign(place.dataset.next)
    } catch {
      failed.textContent = place.dataset.failed
      failed.hidden = false
      button.disabled = false
    }
  })
}
`
