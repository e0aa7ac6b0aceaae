-- wrk's side of load.py; arguments: file of requests, mean pause in milliseconds (0: none).
-- Every request is written out beforehand: the generator shares its core with the upstream.

local requests, at = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    requests[#requests + 1] = (line:gsub("\\r\\n", "\r\n"))
  end
  local pause_ms = tonumber(arguments[2])
  if pause_ms > 0 then
    delay = function() return math.random(0, 2 * pause_ms) end
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
