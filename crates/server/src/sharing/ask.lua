-- Leases requests of one caller's limit: GCRA as a meter (crates/wall/src/limits/bucket.rs), and the day's count of
-- each gateway, so that one that tells its count again is counted once. By the server's own clock.
--
-- KEYS: the meter; the day's counts
-- ARGV: gateway; per_minute, burst, per_day (-1: none; per_minute 0: nothing is known of the limit); how many wait, how
--       many are worth leasing, how many gateways share; what this gateway took and did not tell (thousandths);
--       the day of its count, and the count; where this memory may not know: the level it heard of last (thousandths),
--       and the day's count of all gateways as far as it knows
-- What is at a name and is no meter or no count begins anew: one caller's would else be everybody's trouble.
-- Returns what is granted, the level after it (thousandths of a request), the day, and its count of all gateways.
local UNIT = 60000000 -- one request: a microsecond takes per_minute away
local CLOCK_CORRECTION = 60000000 -- microseconds
local gateway, per_minute, burst, per_day = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local waiting, lease, gateways = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local owed, day, own = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local heard, heard_today = tonumber(ARGV[11]), tonumber(ARGV[12])

local function number(text, otherwise)
  local value = tonumber(text or otherwise)
  local is_number = value and value > -math.huge and value < math.huge
  return is_number and value or otherwise
end

local function read(command, key, ...)
  local kept = redis.pcall(command, key, ...)
  if kept.err then
    redis.call('DEL', key)
    kept = {}
  end
  return kept
end

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local today = math.floor(clock[1] / 86400)

local level, capacity, room = 0, burst * UNIT, 0
local at = now
if per_minute > 0 then
  local kept = read('HMGET', KEYS[1], 'level', 'at')
  level, at = number(kept[1], 0), number(kept[2], now)
  if now >= at or at - now > CLOCK_CORRECTION then
    level = math.max(0, level - math.max(0, now - at) * per_minute)
    at = now
  end
  level = math.max(level, math.min(heard * UNIT / 1000, capacity))
  level = math.max(level, math.min(level + owed * UNIT / 1000, capacity))
  room = math.max(0, math.floor((capacity - level) / UNIT))
end

local counts, used, mine, known = per_day >= 0 or own > 0, 0, 0, 0
if counts then
  local kept = read('HGETALL', KEYS[2])
  local stored = {}
  for index = 1, #kept, 2 do stored[kept[index]] = number(kept[index + 1], 0) end
  if stored['day'] ~= today then
    redis.call('DEL', KEYS[2])
    stored = {}
  end
  mine, known = stored[gateway] or 0, stored['known'] or 0
  stored['day'], stored['known'], stored[gateway] = nil, nil, nil
  for _, count in pairs(stored) do used = used + count end
  if day == today then mine, known = math.max(mine, own), math.max(known, heard_today) end
  used = math.max(used + mine, known)
  if per_day >= 0 then room = math.max(0, math.min(room, per_day - used)) end
end

-- Near the end of a limit little is leased ahead, so that little of it lies with gateways nobody calls.
local granted = math.min(room, math.max(waiting, math.min(lease, math.floor(room / (2 * gateways)))))
if per_minute > 0 then
  level = level + granted * UNIT
  redis.call('HSET', KEYS[1], 'level', level, 'at', at)
  redis.call('PEXPIRE', KEYS[1], math.ceil(level / per_minute / 1000) + CLOCK_CORRECTION / 1000)
end
if counts and used + granted > 0 then
  mine, used = mine + granted, used + granted
  redis.call('HSET', KEYS[2], 'day', today, gateway, mine, 'known', used)
  redis.call('EXPIRE', KEYS[2], 90000)
end
return { granted, math.ceil(level * 1000 / UNIT), today, used }
