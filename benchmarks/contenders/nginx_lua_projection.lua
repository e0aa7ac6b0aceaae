-- The way Kong and APISIX transform responses: the body collected, decoded, changed, encoded. Written by hand for this
-- one contract, so that nothing is looked up.

local cjson = require("cjson")

local function project_order(order)
  order.riskScore = nil
  order.customer.segment = nil
  order.total.margin = nil
  order.shipment.depot = nil
  for _, line in ipairs(order.lines) do line.cost = nil end
end

local projection = {}

-- Of answers from the service, not of refusals. The length is not known before the body is.
function projection.head()
  if ngx.status ~= 200 then return end
  ngx.header["Content-Length"] = nil
  ngx.ctx.chunks = {}
end

function projection.body()
  local chunks = ngx.ctx.chunks
  if not chunks then return end
  chunks[#chunks + 1] = ngx.arg[1]
  ngx.arg[1] = nil
  if not ngx.arg[2] then return end
  local body = cjson.decode(table.concat(chunks))
  if body.items then
    body.page.tookMs = nil
    for _, order in ipairs(body.items) do project_order(order) end
  else
    project_order(body)
  end
  ngx.arg[1] = cjson.encode(body)
end

return projection
