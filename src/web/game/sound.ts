import type { Sound } from "./shapes.ts"

/** Sounds of an oscillator, without a file. Off until asked for: browsers refuse sound before a gesture, and so do people. */
export const sound = (): Sound => {
  let context: AudioContext | undefined
  const tone = (pitch: number, at = 0, length = 0.05) => {
    if (context === undefined) return
    const start = context.currentTime + at
    const oscillator = new OscillatorNode(context, { type: "triangle", frequency: pitch })
    const gain = new GainNode(context, { gain: 0.15 })
    gain.gain.setTargetAtTime(0, start, length / 4)
    oscillator.connect(gain).connect(context.destination)
    oscillator.start(start)
    oscillator.stop(start + length)
  }
  return {
    toggle: () => {
      // Closing is rejected where it is closed already; there is nothing to do about it.
      context?.close().catch(() => undefined)
      context = context ? undefined : new AudioContext()
      return context !== undefined
    },
    tick: (pitch = 900) => tone(pitch),
    win: () => {
      for (const [place, pitch] of [523, 659, 784, 1047].entries()) tone(pitch, place * 0.12, 0.35)
    }
  }
}
