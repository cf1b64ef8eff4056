import { builtinModules } from "node:module"

/**
 * The borders between the modules of src/. A module's service, model and error files are its door; its SQL, handlers and
 * jobs are its own affair. What a client loads (*Api.ts) must not pull the server in behind it.
 */
const builtin = builtinModules.filter((name) => !name.startsWith("_"))

/** Files of a module that no other module imports. */
const inner = "(Repo|Http|Jobs)\\.ts$"

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "module-door",
      comment: "Import the other module's service, model or errors; never its repo, handlers or jobs.",
      severity: "error",
      from: { path: "^src/([^/]+)/", pathNot: "^src/cli/" },
      to: { path: `^src/[^/]+/.*${inner}`, pathNot: "^src/$1/" }
    },
    {
      name: "api-without-server",
      comment: "A client loads *Api.ts: neither it nor what it imports may load server code.",
      severity: "error",
      // OpenApi.ts writes the description of the endpoints; it declares none.
      from: { path: "^src/.*Api\\.ts$", pathNot: "OpenApi\\.ts$" },
      to: {
        reachable: true,
        path: [
          `^src/.*${inner}`,
          "^src/platform/(?!.*(Api|Problems|JsonData|PlainText|Moment|Cut)\\.ts$)",
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
      comment: "main.ts, Http.ts, Jobs.ts and cli/ put the modules together; the modules do not know them.",
      severity: "error",
      from: { path: "^src/[^/]+/", pathNot: "^src/cli/" },
      to: { path: "^src/((main|Http|Jobs)\\.ts$|cli/)" }
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
      from: { path: "^(src|migrations)/" },
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
    combinedDependencies: false
  }
}
