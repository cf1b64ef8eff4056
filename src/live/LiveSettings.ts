import * as Setting from "../platform/settings/Setting.ts"
import { group } from "../platform/settings/SettingsGroup.ts"

/** Bounds of the streams of live events. */
export class LiveSettings extends group<LiveSettings>()("fairground/live/LiveSettings", {
  eventStreams: Setting.whole("EVENT_STREAMS", 1, 1_000_000, {
    default: "5000",
    description: "Streams of live events that may be open in this process; further ones are answered with 503."
  }),
  eventStreamsAccount: Setting.whole("EVENT_STREAMS_ACCOUNT", 1, 1_000_000, {
    default: "20",
    description: "How many of them may be one account's, by keys or sessions; further ones are answered with 429."
  }),
  eventStreamMax: Setting.duration("EVENT_STREAM_MAX", {
    default: "15 minutes",
    description: "How long such a stream may last. Then it ends, and the client opens it again."
  })
}) {}
