import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * The accounts of the people and programs that run games, never of players, and what they get in with. Everything of an account
 * goes with it (`on delete cascade`). No secret is stored in the clear: tokens have 256 random bits and are stored as SHA-256, which
 * needs no salt because there is nothing to guess; passwords as Argon2id; what must be read back is encrypted under SECRETS_KEY.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table account (
      id uuid not null,
      kind text not null,
      email text,
      email_key text collate "C",
      name text not null,
      role text not null,
      language text not null default 'en',
      email_verified_at timestamptz,
      disabled_at timestamptz,
      version integer not null default 1,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      constraint account_pkey primary key (id),
      constraint account_email_key_key unique (email_key),
      constraint account_kind_check check (kind in ('person', 'machine')),
      constraint account_role_check check (role in ('owner', 'admin', 'editor', 'viewer')),
      constraint account_language_check check (language in ('en', 'ru')),
      constraint account_email_check check ((kind = 'person') = (email is not null) and (email is null) = (email_key is null)),
      constraint account_machine_check check (kind = 'person' or role <> 'owner')
    )`
  yield* sql`comment on table account is 'A member of the brand''s staff (person), or a program whose keys outlive who made them (machine).'`
  yield* sql`comment on column account.email_key is 'The address normalised as players'' are.'`
  yield* sql`comment on column account.language is 'Of mails and of the pages for people.'`
  yield* sql`comment on column account.email_verified_at is 'When the mailbox was proven, by a link or by an identity provider.'`
  yield* sql`
    create table account_password (
      account_id uuid not null,
      hash text not null,
      changed_at timestamptz not null,
      constraint account_password_pkey primary key (account_id),
      constraint account_password_account_fkey foreign key (account_id) references account (id) on delete cascade,
      constraint account_password_hash_check check (hash like '$argon2id$%')
    )`
  yield* sql`comment on table account_password is 'Apart from accounts, so that no read of accounts holds a hash.'`
  yield* sql`comment on column account_password.hash is 'Argon2id as a PHC string: $argon2id$v=19$m=…,t=…,p=…$salt$tag.'`
  yield* sql`comment on column account_password.changed_at is 'When the person chose it; a stronger hash of the same password does not count.'`
  yield* sql`
    create table account_identity (
      id uuid not null,
      account_id uuid not null,
      connection text collate "C" not null,
      issuer text collate "C" not null,
      subject text collate "C" not null,
      email text,
      created_at timestamptz not null,
      last_used_at timestamptz,
      constraint account_identity_pkey primary key (id),
      constraint account_identity_subject_key unique (issuer, subject),
      constraint account_identity_account_fkey foreign key (account_id) references account (id) on delete cascade
    )`
  yield* sql`create index account_identity_account_idx on account_identity (account_id)`
  yield* sql`comment on table account_identity is 'The account at an identity provider (OpenID Connect); issuer and subject are the identity, email is for display.'`
  yield* sql`comment on column account_identity.connection is 'Name of the connection in SSO_CONNECTIONS.'`
  yield* sql`comment on column account_identity.issuer is 'iss of the ID token.'`
  yield* sql`comment on column account_identity.subject is 'sub of the ID token.'`
  yield* sql`comment on column account_identity.email is 'As the provider had it when the identity was last used. Never an identity.'`
  yield* sql`comment on column account_identity.last_used_at is 'When the person last signed in with it; null: never.'`
  yield* sql`
    create table account_passkey (
      id uuid not null,
      account_id uuid not null,
      credential_id text collate "C" not null,
      public_key bytea not null,
      sign_count bigint not null,
      transports text[] not null,
      is_backed_up boolean not null,
      name text not null,
      created_at timestamptz not null,
      last_used_at timestamptz,
      constraint account_passkey_pkey primary key (id),
      constraint account_passkey_credential_key unique (credential_id),
      constraint account_passkey_account_fkey foreign key (account_id) references account (id) on delete cascade
    )`
  yield* sql`create index account_passkey_account_idx on account_passkey (account_id)`
  yield* sql`comment on column account_passkey.credential_id is 'base64url, as WebAuthn has it.'`
  yield* sql`comment on table account_passkey is 'Public keys of the person''s authenticators (WebAuthn).'`
  yield* sql`comment on column account_passkey.public_key is 'COSE key, as WebAuthn has it.'`
  yield* sql`comment on column account_passkey.sign_count is 'The authenticator''s counter at its last use; 0: it does not count.'`
  yield* sql`comment on column account_passkey.transports is 'How browsers reach the authenticator: internal, hybrid, usb, nfc, ble.'`
  yield* sql`comment on column account_passkey.is_backed_up is 'Whether the authenticator keeps it in the persons cloud.'`
  yield* sql`comment on column account_passkey.name is 'What the person calls it.'`
  yield* sql`comment on column account_passkey.last_used_at is 'When the person last proved who they are with it; null: never.'`
  yield* sql`
    create table account_totp (
      account_id uuid not null,
      secret bytea not null,
      confirmed_at timestamptz,
      last_step bigint not null,
      created_at timestamptz not null,
      constraint account_totp_pkey primary key (account_id),
      constraint account_totp_account_fkey foreign key (account_id) references account (id) on delete cascade
    )`
  yield* sql`comment on table account_totp is 'RFC 6238. The secret is encrypted; it counts once confirmed; a step counts once.'`
  yield* sql`comment on column account_totp.secret is 'Encrypted under SECRETS_KEY, with the accounts id as context.'`
  yield* sql`comment on column account_totp.confirmed_at is 'When the first code was right; null: it does not count yet.'`
  yield* sql`comment on column account_totp.last_step is 'The time step of the last code that was taken: no code of it, or of an earlier one, is taken again.'`
  yield* sql`
    create table account_recovery_code (
      account_id uuid not null,
      code_hash bytea not null,
      constraint account_recovery_code_pkey primary key (account_id, code_hash),
      constraint account_recovery_code_account_fkey foreign key (account_id) references account (id) on delete cascade
    )`
  yield* sql`comment on table account_recovery_code is 'Codes that stand for a lost second factor, each once. A used one is deleted.'`
  yield* sql`comment on column account_recovery_code.code_hash is 'SHA-256; a code has 120 random bits.'`
  yield* sql`
    create table account_session (
      id uuid not null,
      account_id uuid not null,
      token_hash bytea not null,
      methods text[] not null,
      authenticated_at timestamptz not null,
      last_seen_at timestamptz not null,
      expires_at timestamptz not null,
      address text,
      user_agent text,
      constraint account_session_pkey primary key (id),
      constraint account_session_token_key unique (token_hash),
      constraint account_session_token_check check (length(token_hash) = 32),
      constraint account_session_account_fkey foreign key (account_id) references account (id) on delete cascade
    )`
  yield* sql`create index account_session_account_idx on account_session (account_id)`
  yield* sql`create index account_session_expiry_idx on account_session (expires_at)`
  yield* sql`comment on table account_session is 'A signed-in browser. Only made when all factors are through.'`
  yield* sql`comment on column account_session.methods is 'How the person proved who they are: password, totp, recovery-code, passkey, sso, setup, invitation.'`
  yield* sql`comment on column account_session.token_hash is 'SHA-256 of the token in the browser''s cookie.'`
  yield* sql`comment on column account_session.authenticated_at is 'When the person last proved who they are in it: signed in, or confirmed it.'`
  yield* sql`comment on column account_session.last_seen_at is 'When it was last used, to the minute.'`
  yield* sql`comment on column account_session.expires_at is 'It ends then at the latest.'`
  yield* sql`comment on column account_session.address is 'The client''s network address when it was made.'`
  yield* sql`comment on column account_session.user_agent is 'What the browser called itself then.'`
  yield* sql`
    create table sign_in_step (
      token_hash bytea not null,
      account_id uuid not null,
      methods text[] not null,
      purpose text not null,
      session_id uuid,
      attempts_left integer not null,
      expires_at timestamptz not null,
      constraint sign_in_step_pkey primary key (token_hash),
      constraint sign_in_step_purpose_check check (purpose in ('sign-in', 'confirmation')),
      constraint sign_in_step_account_fkey foreign key (account_id) references account (id) on delete cascade
    )`
  yield* sql`create index sign_in_step_account_idx on sign_in_step (account_id)`
  yield* sql`create index sign_in_step_expiry_idx on sign_in_step (expires_at)`
  yield* sql`comment on table sign_in_step is 'The first factor is right, the second is owed. Never a flag on a session.'`
  yield* sql`comment on column sign_in_step.token_hash is 'SHA-256 of the token in the browser''s cookie.'`
  yield* sql`comment on column sign_in_step.methods is 'What was proven so far.'`
  yield* sql`comment on column sign_in_step.purpose is 'sign-in, or confirmation: the person has a session and proves who they are again.'`
  yield* sql`comment on column sign_in_step.session_id is 'The session that is confirmed; null: none yet.'`
  yield* sql`comment on column sign_in_step.attempts_left is 'Tries at the second factor that are left.'`
  yield* sql`
    create table browser_attempt (
      binding_hash bytea not null,
      purpose text not null,
      connection text collate "C",
      secret bytea not null,
      account_id uuid,
      session_id uuid,
      invitation_id uuid,
      expires_at timestamptz not null,
      constraint browser_attempt_pkey primary key (binding_hash),
      constraint browser_attempt_purpose_check check (purpose in ('sso-sign-in', 'sso-link', 'sso-confirmation', 'sso-invitation', 'passkey-sign-in', 'passkey-registration', 'passkey-confirmation')),
      constraint browser_attempt_account_fkey foreign key (account_id) references account (id) on delete cascade
    )`
  yield* sql`create index browser_attempt_expiry_idx on browser_attempt (expires_at)`
  yield* sql`create index browser_attempt_account_idx on browser_attempt (account_id)`
  yield* sql`comment on table browser_attempt is 'What an SSO redirect or a passkey challenge must come back to: bound to one browser''s cookie, taken once.'`
  yield* sql`comment on column browser_attempt.secret is 'state, nonce and verifier, or the challenge; encrypted under the browser''s own token.'`
  yield* sql`comment on column browser_attempt.binding_hash is 'SHA-256 of the token in the browser''s cookie.'`
  yield* sql`comment on column browser_attempt.purpose is 'What is being done, and by which means.'`
  yield* sql`comment on column browser_attempt.connection is 'Name of the SSO connection; null: a passkey.'`
  yield* sql`comment on column browser_attempt.session_id is 'The session in which it was begun; null: in none.'`
  yield* sql`comment on column browser_attempt.invitation_id is 'The invitation that is being accepted; null: none.'`
  yield* sql`
    create table account_token (
      token_hash bytea not null,
      purpose text not null,
      account_id uuid,
      email text,
      email_key text collate "C",
      created_at timestamptz not null,
      expires_at timestamptz not null,
      constraint account_token_pkey primary key (token_hash),
      constraint account_token_purpose_check check (purpose in ('setup', 'password-reset', 'email-change')),
      constraint account_token_account_check check ((purpose = 'setup') = (account_id is null)),
      constraint account_token_account_fkey foreign key (account_id) references account (id) on delete cascade
    )`
  yield* sql`create index account_token_account_idx on account_token (account_id)`
  yield* sql`create index account_token_expiry_idx on account_token (expires_at)`
  yield* sql`comment on table account_token is 'Links that work once: they set up the first owner, a new password, or a new address.'`
  yield* sql`comment on column account_token.token_hash is 'SHA-256 of the token in the link.'`
  yield* sql`comment on column account_token.purpose is 'setup, password-reset or email-change.'`
  yield* sql`comment on column account_token.email is 'The address that a mail took the link to: using it proves this mailbox. Null: the link was printed, not sent.'`
  yield* sql`comment on column account_token.email_key is 'The same, normalised as players'' are.'`
  yield* sql`
    create table invitation (
      id uuid not null,
      email text not null,
      email_key text collate "C" not null,
      role text not null,
      language text not null default 'en',
      token_hash bytea not null,
      invited_by uuid,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      constraint invitation_pkey primary key (id),
      constraint invitation_email_key_key unique (email_key),
      constraint invitation_token_key unique (token_hash),
      constraint invitation_role_check check (role in ('owner', 'admin', 'editor', 'viewer')),
      constraint invitation_language_check check (language in ('en', 'ru')),
      constraint invitation_invited_by_fkey foreign key (invited_by) references account (id) on delete set null
    )`
  yield* sql`create index invitation_invited_by_idx on invitation (invited_by)`
  yield* sql`comment on column invitation.invited_by is 'Null: the command line, a person who registered by themselves, or an account that is gone.'`
  yield* sql`comment on table invitation is 'A person who may make an account, and its role.'`
  yield* sql`comment on column invitation.email is 'Where the invitation was sent.'`
  yield* sql`comment on column invitation.email_key is 'The address normalised as players'' are: one invitation for each.'`
  yield* sql`comment on column invitation.role is 'The role of the account to come.'`
  yield* sql`comment on column invitation.language is 'Of the mail, and of the account to come.'`
  yield* sql`comment on column invitation.token_hash is 'SHA-256 of the token in the link; sending it again makes a new one.'`
  yield* sql`
    create table api_key (
      id uuid not null,
      account_id uuid not null,
      name text not null,
      hint text not null,
      token_hash bytea not null,
      scopes text[] not null,
      created_by uuid,
      created_at timestamptz not null,
      expires_at timestamptz,
      last_used_at timestamptz,
      revoked_at timestamptz,
      constraint api_key_pkey primary key (id),
      constraint api_key_token_key unique (token_hash),
      constraint api_key_token_check check (length(token_hash) = 32),
      constraint api_key_scopes_check check (cardinality(scopes) > 0),
      constraint api_key_account_fkey foreign key (account_id) references account (id) on delete cascade,
      constraint api_key_created_by_fkey foreign key (created_by) references account (id) on delete set null
    )`
  yield* sql`create index api_key_account_idx on api_key (account_id, id)`
  yield* sql`create index api_key_created_by_idx on api_key (created_by)`
  yield* sql`comment on column api_key.hint is 'The last four characters, so that people tell their keys apart.'`
  yield* sql`comment on column api_key.scopes is 'Permissions. What the account''s role lacks today does not count.'`
  yield* sql`comment on table api_key is 'What programs get in with; it may do what its scopes and its account''s role both allow.'`
  yield* sql`comment on column api_key.name is 'For people: what the key is for.'`
  yield* sql`comment on column api_key.token_hash is 'SHA-256 of the key, which is shown once.'`
  yield* sql`comment on column api_key.created_by is 'The account that made it; null: it is gone.'`
  yield* sql`comment on column api_key.expires_at is 'From when on it is refused; null: it does not expire.'`
  yield* sql`comment on column api_key.last_used_at is 'To the minute; null: never.'`
  yield* sql`comment on column api_key.revoked_at is 'From when on it is refused; null: it was not revoked.'`
  yield* sql`
    create table account_device (
      token_hash bytea not null,
      account_id uuid not null,
      last_used_at timestamptz not null,
      expires_at timestamptz not null,
      constraint account_device_pkey primary key (token_hash),
      constraint account_device_account_fkey foreign key (account_id) references account (id) on delete cascade
    )`
  yield* sql`create index account_device_account_idx on account_device (account_id)`
  yield* sql`create index account_device_expiry_idx on account_device (expires_at)`
  yield* sql`comment on column account.kind is 'person or machine. A machine has no address, and is never an owner.'`
  yield* sql`comment on column account.email is 'The address to write to; null: a machine.'`
  yield* sql`comment on column account.name is 'For people: of the person, or what the program is.'`
  yield* sql`comment on column account.role is 'viewer, editor, admin or owner: each may do all that the one before it may.'`
  yield* sql`comment on column account.disabled_at is 'Since when nobody gets in with the account, its sessions and its keys; null: it is enabled.'`
  yield* sql`comment on column account.version is 'Each edit increments it: the ETag of the account.'`
  yield* sql`comment on table account_device is 'A browser that signed in before: it has a throttle of its own, so that strangers cannot lock it out.'`
  yield* sql`comment on column account_device.token_hash is 'SHA-256 of the token in the browser''s cookie.'`
  yield* sql`comment on column account_device.last_used_at is 'When its person last signed in with it.'`
  yield* sql`
    create table sign_in_throttle (
      key bytea not null,
      failures integer not null,
      blocked_until timestamptz not null,
      last_failed_at timestamptz not null,
      constraint sign_in_throttle_pkey primary key (key)
    )`
  yield* sql`create index sign_in_throttle_failed_idx on sign_in_throttle (last_failed_at)`
  yield* sql`comment on column sign_in_throttle.key is 'SHA-256 of what is counted: an address (with or without an account), an account''s second factor, a known browser.'`
  yield* sql`comment on table sign_in_throttle is 'Failed tries at a password or a code, in a row.'`
  yield* sql`comment on column sign_in_throttle.failures is 'How many, since the last success.'`
  yield* sql`comment on column sign_in_throttle.blocked_until is 'No try is looked at before; infinity: until the password is reset, or the row is deleted 30 days after the last failure.'`
  yield* sql`comment on column sign_in_throttle.last_failed_at is 'When the last try was counted.'`
})
