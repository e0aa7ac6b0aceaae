-- A gateway says that it is there, once a second; and learns who else is, and whether what is kept here is what it was.
--
-- KEYS: gateways by when they were heard; a name of this memory
-- ARGV: gateway, a name for a new memory, seconds until a silent gateway is gone
-- Returns how many gateways there are, and the memory's name.
for number, kind in ipairs({ 'zset', 'string' }) do -- what is something else begins anew
  local found = redis.call('TYPE', KEYS[number]).ok
  if found ~= kind and found ~= 'none' then redis.call('DEL', KEYS[number]) end
end
local now = tonumber(redis.call('TIME')[1])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
redis.call('EXPIRE', KEYS[1], 2 * ARGV[3])
redis.call('SET', KEYS[2], ARGV[2], 'NX')
return { redis.call('ZCARD', KEYS[1]), redis.call('GET', KEYS[2]) }
