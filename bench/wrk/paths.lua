-- Asks for the paths that a file lists, in turn: wrk -s paths.lua URL -- FILE
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "common.lua")

local requests = {}
local next_one = 0

function init(args)
  for path in io.lines(args[1]) do requests[#requests + 1] = wrk.format("GET", path) end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end
