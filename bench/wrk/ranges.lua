-- Asks for ranges of 1 MB at random places of one file of SIZE bytes: wrk -s ranges.lua URL -- SIZE
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "common.lua")

local length = 1000000
local requests = {}
local next_one = 0

function init(args)
  math.randomseed(11)
  for n = 1, 4096 do
    local from = math.random(0, tonumber(args[1]) - length)
    requests[n] = wrk.format("GET", nil, { Range = string.format("bytes=%.0f-%.0f", from, from + length - 1) })
  end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end
