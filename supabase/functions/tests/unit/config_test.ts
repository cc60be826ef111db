/** Settings: what is read, and that every wrong one is named at once and none replaced by a default. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  ConfigError,
  type ConfigOf,
  readConfig,
  type Settings,
} from "../../_shared/config/read_config.ts";
import { accessTokenSettings } from "../../_shared/config/access_token.ts";
import { corsSettings } from "../../_shared/config/cors.ts";
import { openAiSettings } from "../../_shared/config/openai.ts";
import { redisSettings } from "../../_shared/config/redis.ts";
import { storageSettings } from "../../_shared/config/storage.ts";
import { supabaseSettings } from "../../_shared/config/supabase.ts";
import { telegramSettings } from "../../_shared/config/telegram.ts";
import { workerSettings } from "../../_shared/config/worker.ts";
import { readAuthConfig } from "../../auth/config.ts";

type Variables = Record<string, string>;

function read<Group extends Settings>(settings: Group, variables: Variables): ConfigOf<Group> {
  return readConfig((name) => variables[name], { value: settings }).value as ConfigOf<Group>;
}

function refusedNames(settings: Settings, variables: Variables): string[] {
  const error = assertThrows(() => read(settings, variables), ConfigError) as ConfigError;
  return error.problems.map(({ name }) => name);
}

const JWT_SECRET = "a-secret-of-the-tests-with-more-than-32-characters";
const SECRET_KEY = "sb_secret_0123456789abcdef";
const AUTH: Variables = {
  SUPABASE_URL: "https://project.supabase.co/",
  SUPABASE_SECRET_KEY: SECRET_KEY,
  JWT_SECRET,
  TELEGRAM_BOT_TOKEN: "7342037359:AAFZehRPBRs8Seg40oDjTMIW8uTGPuW1zfQ",
};

Deno.test("readAuthConfig() reads what it needs and defaults the rest", () => {
  assertEquals(readAuthConfig((name) => AUTH[name]), {
    supabase: { url: "https://project.supabase.co", secretKey: SECRET_KEY },
    telegram: { botToken: AUTH.TELEGRAM_BOT_TOKEN, maxAgeSeconds: 86_400 },
    accessTokenKey: { algorithm: "HS256", secret: JWT_SECRET },
    redis: undefined,
    corsOrigins: "*",
  });
});

Deno.test("readAuthConfig() names every wrong variable in one error, and no secret", () => {
  const variables: Variables = {
    SUPABASE_URL: "project.supabase.co",
    JWT_SECRET: "too-short",
    TELEGRAM_INIT_DATA_MAX_AGE_SECONDS: "1h",
    UPSTASH_REDIS_REST_URL: "https://redis.example.com",
    CORS_ORIGINS: "https://app.example.com/",
  };
  const error = assertThrows(() => readAuthConfig((name) => variables[name]), ConfigError);
  for (
    const part of [
      'SUPABASE_URL is "project.supabase.co", wanted an http or https URL',
      "SUPABASE_SECRET_KEY is not set",
      "TELEGRAM_BOT_TOKEN is not set",
      'TELEGRAM_INIT_DATA_MAX_AGE_SECONDS is "1h", wanted a whole number from 10 to 604800',
      "JWT_SECRET is (hidden), wanted a secret of at least 32 characters",
      "UPSTASH_REDIS_REST_TOKEN is not set",
      'CORS_ORIGINS is "https://app.example.com/"',
    ]
  ) assert(error.message.includes(part), `${part}\nis not in\n${error.message}`);
  assert(!error.message.includes("too-short"));
});

Deno.test("readConfig() freezes what it gives", () => {
  assert(Object.isFrozen(readAuthConfig((name) => AUTH[name])));
});

Deno.test("supabaseSettings takes the first set of the three variables of the key", () => {
  const url = { SUPABASE_URL: "http://127.0.0.1:54321" };
  const keyOf = (variables: Variables) =>
    read(supabaseSettings, { ...url, ...variables }).secretKey;
  const legacy = { SUPABASE_SERVICE_ROLE_KEY: "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoieCJ9.c2ln" };
  const single = { SUPABASE_SECRET_KEY: "sb_secret_single_0123456789" };
  const dictionary = { SUPABASE_SECRET_KEYS: '{"default":"sb_secret_default_0123456789","b":"c"}' };
  assertEquals(keyOf(legacy), legacy.SUPABASE_SERVICE_ROLE_KEY);
  assertEquals(keyOf({ ...legacy, ...single }), single.SUPABASE_SECRET_KEY);
  assertEquals(keyOf({ ...legacy, ...single, ...dictionary }), "sb_secret_default_0123456789");
});

Deno.test("supabaseSettings refuses a malformed key and does not try the next variable", () => {
  const good = { SUPABASE_URL: "http://127.0.0.1:54321", SUPABASE_SERVICE_ROLE_KEY: SECRET_KEY };
  for (
    const json of ["", "{", "{}", "null", "[]", '{"default":1}', '{"default":""}', '{"other":"x"}']
  ) {
    const names = refusedNames(supabaseSettings, { ...good, SUPABASE_SECRET_KEYS: json });
    assertEquals([json, names], [json, ["SUPABASE_SECRET_KEYS"]]);
  }
  for (const key of ["", "short", "sb_publishable_0123456789abcdef", `${SECRET_KEY}\n`]) {
    const names = refusedNames(supabaseSettings, { ...good, SUPABASE_SECRET_KEY: key });
    assertEquals([key, names], [key, ["SUPABASE_SECRET_KEY"]]);
  }
});

Deno.test("supabaseSettings refuses an address nothing can be appended to", () => {
  for (
    const url of [
      "",
      "x",
      "ftp://a.b",
      "https://a.b?c=d",
      "https://a.b#c",
      "https://u:p@a.b",
      "https://a.b?",
    ]
  ) {
    const names = refusedNames(supabaseSettings, {
      SUPABASE_URL: url,
      SUPABASE_SECRET_KEY: SECRET_KEY,
    });
    assertEquals([url, names], [url, ["SUPABASE_URL"]]);
  }
});

const SIGNING_JWK = {
  kty: "EC",
  kid: "key-1",
  use: "sig",
  "key_ops": ["sign", "verify"],
  alg: "ES256",
  ext: true,
  d: "d".repeat(43),
  crv: "P-256",
  x: "x".repeat(43),
  y: "y".repeat(43),
};

Deno.test("accessTokenSettings takes a signing key before the secret, and only its key members", () => {
  const { kty, crv, kid, x, y, d } = SIGNING_JWK;
  const key = read(accessTokenSettings, { JWT_SIGNING_KEY: JSON.stringify(SIGNING_JWK) });
  assertEquals<unknown>(key, { algorithm: "ES256", jwk: { kty, crv, kid, x, y, d } });
});

Deno.test("accessTokenSettings refuses a malformed signing key and does not fall back to the secret", () => {
  const { kid: _kid, ...withoutKid } = SIGNING_JWK;
  const { d: _d, ...publicOnly } = SIGNING_JWK;
  const wrong: unknown[] = [
    withoutKid,
    publicOnly,
    { ...SIGNING_JWK, kid: "" },
    { ...SIGNING_JWK, kty: "RSA" },
    { ...SIGNING_JWK, crv: "P-384" },
    { ...SIGNING_JWK, alg: "RS256" },
    { ...SIGNING_JWK, d: "short" },
    [SIGNING_JWK],
    null,
  ];
  for (const text of [...wrong.map((jwk) => JSON.stringify(jwk)), "", "{", "x"]) {
    const variables = { JWT_SIGNING_KEY: text, JWT_SECRET };
    assertEquals([text, refusedNames(accessTokenSettings, variables)], [text, ["JWT_SIGNING_KEY"]]);
  }
});

Deno.test("telegramSettings refuses ages out of bounds", () => {
  const age = (text: string) => ({
    TELEGRAM_BOT_TOKEN: AUTH.TELEGRAM_BOT_TOKEN ?? "",
    TELEGRAM_INIT_DATA_MAX_AGE_SECONDS: text,
  });
  assertEquals(read(telegramSettings, age("86400")).maxAgeSeconds, 86_400);
  for (const text of ["", "0", "9", "604801", "-1", "60.5", "1e3", " 60", "0x60"]) {
    const names = refusedNames(telegramSettings, age(text));
    assertEquals([text, names], [text, ["TELEGRAM_INIT_DATA_MAX_AGE_SECONDS"]]);
  }
});

Deno.test("corsSettings reads a list and refuses what is no origin", () => {
  const list = "https://app.example.com, http://localhost:5173";
  assertEquals(read(corsSettings, { CORS_ORIGINS: list }), [
    "https://app.example.com",
    "http://localhost:5173",
  ]);
  assertEquals(read(corsSettings, {}), "*");
  for (
    const text of [
      "",
      ",",
      "app.example.com",
      "https://a.b/",
      "https://A.b",
      "https://a.b,*",
      "null",
    ]
  ) {
    assertEquals([text, refusedNames(corsSettings, { CORS_ORIGINS: text })], [text, [
      "CORS_ORIGINS",
    ]]);
  }
});

Deno.test("redisSettings wants both variables or neither", () => {
  const [url, token] = ["https://redis.example.com", "t0ken"];
  assertEquals(read(redisSettings, {}), undefined);
  assertEquals(
    read(redisSettings, { UPSTASH_REDIS_REST_URL: `${url}/`, UPSTASH_REDIS_REST_TOKEN: token }),
    { url, token },
  );
  assertEquals(refusedNames(redisSettings, { UPSTASH_REDIS_REST_URL: url }), [
    "UPSTASH_REDIS_REST_TOKEN",
  ]);
  assertEquals(refusedNames(redisSettings, { UPSTASH_REDIS_REST_TOKEN: token }), [
    "UPSTASH_REDIS_REST_URL",
  ]);
});

Deno.test("openAiSettings defaults the models and refuses a list that names one twice", () => {
  const key = { OPENAI_API_KEY: "sk-test" };
  assertEquals(read(openAiSettings, key), {
    apiKey: "sk-test",
    baseUrl: undefined,
    models: ["gpt-image-2.6-flare", "gpt-image-2.5-flare", "gpt-image-2"],
    timeoutSeconds: { low: 120, medium: 180, high: 300 },
  });
  assertEquals(
    read(openAiSettings, {
      ...key,
      OPENAI_IMAGE_MODELS: "a, b",
      OPENAI_BASE_URL: "http://h/v1/",
      OPENAI_TIMEOUT_SECONDS: "20",
    }),
    {
      apiKey: "sk-test",
      baseUrl: "http://h/v1",
      models: ["a", "b"],
      timeoutSeconds: { low: 20, medium: 20, high: 20 },
    },
  );
  for (const text of ["", ",", "a,,b", "a,a", "a b"]) {
    const names = refusedNames(openAiSettings, { ...key, OPENAI_IMAGE_MODELS: text });
    assertEquals([text, names], [text, ["OPENAI_IMAGE_MODELS"]]);
  }
  assertEquals(refusedNames(openAiSettings, {}), ["OPENAI_API_KEY"]);
});

Deno.test("storageSettings derives the public address from endpoint, bucket and region", () => {
  const keys = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };
  assertEquals(
    read(storageSettings, keys).publicBaseUrl,
    "https://pixelpop.s3.us-east-1.amazonaws.com",
  );
  const local = { ...keys, AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9000/", AWS_BUCKET_NAME: "b-1" };
  assertEquals(read(storageSettings, local).publicBaseUrl, "http://127.0.0.1:9000/b-1");
  const cdn = { ...local, AWS_PUBLIC_BASE_URL: "https://cdn.example.com/p/" };
  assertEquals(read(storageSettings, cdn).publicBaseUrl, "https://cdn.example.com/p");
  assertEquals(refusedNames(storageSettings, { AWS_BUCKET_NAME: "B", AWS_REGION: "" }), [
    "AWS_REGION",
    "AWS_BUCKET_NAME",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
  ]);
});

Deno.test("workerSettings wants a secret that cannot be guessed", () => {
  const secret = "0123456789abcdef";
  assertEquals(read(workerSettings, { WORKER_SECRET: secret }), { secret, concurrency: 16 });
  for (const wrong of ["", "short", "0123456789 abcdef"]) {
    assertEquals(refusedNames(workerSettings, { WORKER_SECRET: wrong }), ["WORKER_SECRET"]);
  }
  assertEquals(refusedNames(workerSettings, { WORKER_SECRET: secret, WORKER_CONCURRENCY: "0" }), [
    "WORKER_CONCURRENCY",
  ]);
});
