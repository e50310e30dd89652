-- The action `lua.rekey-verdict ENDPOINT`: asks Rekey's gateway for a verdict on the request. A refusal is answered as
-- the gateway words it. Otherwise the identity headers are set, and txn.rekey_verdict is `good`.

local socket = "abns@" .. (os.getenv("REKEY_SOCKET") or "rekey-verdicts")

-- Below tune.lua.session-timeout (4 s by default).
local timeout_ms = 3000

-- What the gateway needs to see of the request.
local asked = { "authorization", "cookie", "x-men-requestid" }

-- What upstreams are told, and what clients are.
local identity = {
  "x-rekey-subject", "x-rekey-kind", "x-rekey-token-id", "x-rekey-kid", "x-rekey-expires", "x-men-requestid",
}
local refusal = { "content-type", "www-authenticate", "retry-after", "x-men-requestid" }

local function no_verdict(txn)
  txn:done(txn:reply{
    status = 503,
    headers = { ["content-type"] = { "application/json; charset=utf-8" }, ["retry-after"] = { "1" } },
    body = '{"error":"service unavailable"}',
  })
end

core.register_action("rekey-verdict", { "http-req" }, function(txn, endpoint)
  local sent = txn.http:req_get_headers()
  local question = { ["host"] = { "gateway" }, ["x-forwarded-uri"] = { txn.sf:pathq() } }
  for _, name in ipairs(asked) do
    -- From 1: that is how the client of HAProxy counts them.
    local values = {}
    local i = 0
    while sent[name] and sent[name][i] do
      values[i + 1] = sent[name][i]
      i = i + 1
    end
    if i > 0 then
      question[name] = values
    end
  end

  local answer = core.httpclient():get{
    url = "http://gateway" .. endpoint,
    dst = socket,
    headers = question,
    timeout = timeout_ms,
  }

  -- Every answer of the gateway has this one; HAProxy's own, when it cannot reach it, do not.
  if not answer or not answer.headers or not answer.headers["x-men-requestid"] then
    no_verdict(txn)
  elseif answer.status == 200 then
    for _, name in ipairs(identity) do
      txn.http:req_del_header(name)
      local values = answer.headers[name]
      if values then
        txn.http:req_set_header(name, values[0])
      end
    end
    txn:set_var("txn.rekey_verdict", "good")
  else
    local headers = {}
    for _, name in ipairs(refusal) do
      local values = answer.headers[name]
      if values then
        headers[name] = { values[0] }
      end
    end
    txn:done(txn:reply{ status = answer.status, headers = headers, body = answer.body })
  end
end, 1)
