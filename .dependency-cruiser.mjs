import fs from "node:fs"
import { builtinModules } from "node:module"

/**
 * The borders between the modules of src/. They stand in an order, that of Modules.ts, and each has doors: files that others may
 * import. All else of a module is its own affair. What a client loads (*Api.ts) must not pull the server in behind it.
 */
const builtin = builtinModules.filter((name) => !name.startsWith("_"))

/** What other modules may import of a module besides its service, model, errors, settings, contract and face. */
const moreDoors = {
  accounts: [
    "access/Origin",
    "invitation/Invitation",
    "key/ApiKey",
    "Links",
    "Permissions",
    "Screen",
    "session/Standing",
    "setup/Setup"
  ],
  audit: ["AuditEntry"],
  contacts: ["Backlog", "ContactPart", "ContactsList"],
  esp: [
    "Connections",
    "EspChecks",
    "EspClient",
    "EspConnected",
    "EspContact",
    "EspFacts",
    "EspGuard",
    "UnknownEsp",
    "Verdict",
    "governor/EspGovernor",
    "governor/GovernorPolicy",
    "sandbox/EspSandbox"
  ],
  exports: ["Csv"],
  games: ["Days", "ManagedGame", "Slugs"],
  health: ["SettingsInUse"],
  live: ["Topic"],
  mail: ["Letter", "Message", "Suppression"],
  pages: ["Colour", "FunnelApi", "Languages"],
  players: ["Email"],
  plays: ["PlayPart", "lists/PlayDetails", "lists/PlayersList", "lists/PlaysList"],
  statistics: ["Note"],
  tasks: ["TaskCounts", "TaskKind", "TaskKinds", "TaskRecord", "TaskRunner"]
}

const list = fs.existsSync("src/Modules.ts") ? fs.readFileSync("src/Modules.ts", "utf8") : ""
const folders = new Map(
  [...list.matchAll(/^import \{ (\w+) \} from "\.\/(\w[\w-]*)\//gm)].map(([, face, folder]) => [face, folder])
)
/** The folders of the modules, from the first to close to the last. */
const modules = [...list.slice(list.indexOf("= [")).matchAll(/\b\w+Module\b/g)].map(
  ([face]) => folders.get(face) ?? face
)

/** `memos` → `Memos` and `Memo`; `truth-or-dares` → `TruthOrDares` and `TruthOrDare`; `people` with PersonErrors.ts → `Person`. */
const namesOf = (folder) => {
  const plural = folder.replace(/(?:^|-)([a-z])/g, (_, letter) => letter.toUpperCase())
  const models = fs.readdirSync(`src/${folder}`).flatMap((file) => /^(\w+)Errors\.ts$/.exec(file)?.[1] ?? [])
  return [
    ...models,
    plural,
    plural.replace(/ies$/, "y"),
    plural.replace(/(?<=[sxz]|ch|sh)es$/, ""),
    plural.replace(/s$/, "")
  ]
}

const doorsOf = (folder) =>
  `^src/${folder}/((${namesOf(folder).join("|")})(Errors|Settings|Api|Module)?|${(moreDoors[folder] ?? ["-"]).join("|")})\\.ts$`

const doors = modules.map((folder) => ({
  name: "module-door",
  comment: `Import the doors of ${folder}: its service, model, errors, settings and contract; all else is its own.`,
  severity: "error",
  from: { path: "^src/", pathNot: `^src/${folder}/|^src/Groups\\.ts$` },
  to: { path: `^src/${folder}/`, pathNot: doorsOf(folder) }
}))

const orders = modules
  // Whoever is asked how the service is asks all others.
  .filter((folder) => folder !== "health")
  .flatMap((folder, place) =>
    place === 0
      ? []
      : [
          {
            name: "module-order",
            comment: `${folder} stands below ${modules.slice(0, place).join(", ")} in Modules.ts: it does not know them.`,
            severity: "error",
            from: { path: `^src/${folder}/` },
            to: { path: `^src/(${modules.slice(0, place).join("|")})/` }
          }
        ]
  )

/** A module's parts that no contract may reach. */
const server = "(Repo|Http|Jobs|Cli|Module)\\.ts$"

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...doors,
    ...orders,
    {
      name: "api-without-server",
      comment: "A client loads *Api.ts: neither it nor what it imports may load server code.",
      severity: "error",
      // OpenApi.ts writes the description of the endpoints; it declares none.
      from: { path: "^src/.*Api\\.ts$", pathNot: "OpenApi\\.ts$" },
      to: {
        reachable: true,
        path: [
          `^src/.*${server}`,
          "^src/platform/(?!contract/)",
          "node_modules/@effect/(platform-node|platform-node-shared|sql-pg|opentelemetry)/",
          "node_modules/effect/(dist|src)/sql/",
          "node_modules/(redis|@redis)/",
          "^node:",
          `^(${builtin.join("|")})$`
        ]
      }
    },
    {
      name: "platform-knows-no-module",
      comment:
        "platform is what every module needs; what knows a module belongs to that module or to the files of src/.",
      severity: "error",
      from: { path: "^src/platform/" },
      to: { path: "^src/", pathNot: "^src/platform/" }
    },
    {
      name: "nothing-above",
      comment:
        "The files of src/ and src/cli/ put the modules together; the modules do not know them. A face declares a module by Module.ts.",
      severity: "error",
      from: { path: "^src/[^/]+/", pathNot: "^src/(cli|web/admin)/" },
      to: { path: "^src/([^/]+\\.ts$|cli/)", pathNot: "^src/Module\\.ts$" }
    },
    {
      name: "admin-is-a-client",
      comment:
        "The admin runs in browsers: of the service it knows the contract, and the doors that hold no server code.",
      severity: "error",
      from: { path: "^src/web/admin/" },
      to: {
        path: `^src/([^/]+\\.ts$|cli/|platform/(?!contract/)|web/[^/]+\\.ts$|.*${server})`,
        pathNot: "^src/Api\\.ts$"
      }
    },
    {
      name: "widget-stands-alone",
      comment: "Brands put the widget on their pages: it holds what it needs and nothing else.",
      severity: "error",
      from: { path: "^src/web/game/" },
      to: { path: "^src/", pathNot: "^src/web/game/" }
    },
    {
      name: "src-stands-alone",
      comment: "What is served does not depend on tests, benchmarks or scripts.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(test|bench|attack|scripts)/" }
    },
    {
      name: "migration-stands-alone",
      comment: "An applied migration must do the same for ever, whatever becomes of the code.",
      severity: "error",
      from: { path: "^migrations/" },
      to: { path: "^(src|test|bench|attack|scripts|migrations)/" }
    },
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true }
    },
    {
      name: "no-dev-packages",
      comment: "An image is installed without the development packages.",
      severity: "error",
      from: { path: "^(src|migrations)/", pathNot: "^src/web/(admin|game)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] }
    },
    {
      name: "resolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true }
    }
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    // What is loaded when it is first needed is not loaded with the file that names it: a kind of task names its runner so.
    exclude: { dynamic: true },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["types", "import", "node", "default"] },
    // src/web has a manifest of its own for what builds the pages; its server code uses the packages of the service.
    combinedDependencies: true
  }
}
