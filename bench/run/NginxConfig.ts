/** An answer of the service, for nginx to give the same. */
export interface Copy {
  readonly path: string
  /** The file with the body, encoded as the service sends it. */
  readonly file: string
  readonly headers: Readonly<Record<string, string>>
}

/** What nginx writes itself, and what differs from answer to answer. */
const own = new Set(["connection", "content-length", "content-type", "date", "etag", "keep-alive", "x-request-id"])

const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`

const location = ({ file, headers, path }: Copy) => {
  const added = Object.entries(headers).filter(([name]) => !own.has(name))
  return `    location = ${path} {
      alias ${quoted(file)};
      default_type ${quoted(headers["content-type"] ?? "application/octet-stream")};
${added.map(([name, value]) => `      add_header ${name} ${quoted(value)};`).join("\n")}
      add_header x-request-id $request_id;
    }`
}

/** One process that serves these answers from files as fast as nginx can: files stay open, nothing is logged. */
export const nginxConfig = (folder: string, port: number, copies: ReadonlyArray<Copy>): string => `daemon off;
master_process off;
pid ${quoted(`${folder}/nginx.pid`)};
error_log stderr crit;
events {
  worker_connections 1024;
}
http {
  access_log off;
  server_tokens off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_timeout 65;
  keepalive_requests 1000000000;
  open_file_cache max=100 inactive=1h;
  open_file_cache_valid 1h;
${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `  ${name}_temp_path ${quoted(`${folder}/${name}`)};`).join("\n")}
  types {
  }
  server {
    listen 127.0.0.1:${port};
${copies.map(location).join("\n")}
  }
}
`
