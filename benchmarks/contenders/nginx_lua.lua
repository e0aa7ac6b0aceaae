-- Key check and limit by hand: SHA-256 of the key looked up in shared memory, GCRA per key.

local ffi = require("ffi")
require("resty.core") -- the FFI forms of ngx.*; without them LuaJIT falls back to the interpreter

ffi.cdef("unsigned char *SHA256(const unsigned char *data, size_t bytes, unsigned char *digest);")

local digest = ffi.new("unsigned char[32]")
local keys, limits = ngx.shared.keys, ngx.shared.limits

local PER_MINUTE, BURST = 1000000, 1000
local INTERVAL_S = 60 / PER_MINUTE
local TOLERANCE_S = INTERVAL_S * (BURST - 1)

local function sha256(text)
  ffi.C.SHA256(text, #text, digest)
  return ffi.string(digest, 32)
end

-- GCRA: the theoretical arrival time of the next conforming request is all there is to remember.
-- Gives the seconds to wait, and how far ahead of now the caller is.
local function take(consumer, now)
  local arrival = limits:get(consumer) or now
  if arrival < now then arrival = now end
  local ahead = arrival - now
  if ahead > TOLERANCE_S then return ahead - TOLERANCE_S, ahead end
  limits:set(consumer, arrival + INTERVAL_S, 120)
  return 0, ahead + INTERVAL_S
end

-- Kong and APISIX tell the caller on every answer how its limit stands.
local POLICY = '"minute";q=' .. PER_MINUTE .. ';w=60;burst=' .. BURST
local function tell(ahead)
  local left = math.floor(BURST - ahead / INTERVAL_S)
  ngx.header["RateLimit-Policy"] = POLICY
  ngx.header["RateLimit"] = '"minute";r=' .. left .. ";t=" .. math.ceil(ahead)
end

local function refuse(status, code)
  ngx.status = status
  ngx.header["Content-Type"] = "application/problem+json"
  ngx.say('{"status":', status, ',"code":"', code, '"}')
  return ngx.exit(status)
end

local policy = {}

-- One key a line, its consumer behind a space; only hashes are kept.
function policy.load_keys(file)
  for line in io.lines(file) do
    local key, consumer = line:match("^(%S+) (%S+)$")
    assert(keys:set(sha256(key), consumer))
  end
end

function policy.judge()
  local key = ngx.var.http_x_api_key
  local consumer = key and keys:get(sha256(key))
  if not consumer then return refuse(401, "credential_invalid") end
  local wait, ahead = take(consumer, ngx.now())
  tell(ahead)
  if wait > 0 then
    ngx.header["Retry-After"] = math.ceil(wait)
    return refuse(429, "rate_limited")
  end
  ngx.var.consumer = consumer
end

return policy
