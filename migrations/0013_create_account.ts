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
  yield* sql`
    create table account_recovery_code (
      account_id uuid not null,
      code_hash bytea not null,
      constraint account_recovery_code_pkey primary key (account_id, code_hash),
      constraint account_recovery_code_account_fkey foreign key (account_id) references account (id) on delete cascade
    )`
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
  yield* sql`comment on table account_device is 'A browser that signed in before: it has a throttle of its own, so that strangers cannot lock it out.'`
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
})
