// Exit codes in words, as the command `kubevigil crashes` says them, and a Prometheus template over the code in '.'.
local words = {
  '0': 'ended by itself',
  '1': 'error',
  '2': 'wrong usage or a Go panic',
  '125': 'the wrapper failed',
  '126': 'command cannot be executed',
  '127': 'command not found',
  '128': 'not started, or an invalid exit',
  '129': 'killed by SIGHUP',
  '130': 'interrupted by SIGINT',
  '131': 'SIGQUIT',
  '132': 'SIGILL, an illegal instruction',
  '133': 'SIGTRAP',
  '134': 'SIGABRT, aborted itself',
  '135': 'SIGBUS, bad memory access',
  '136': 'SIGFPE, an arithmetic error',
  '137': 'killed by SIGKILL',
  '139': 'SIGSEGV, invalid memory access',
  '141': 'SIGPIPE, nobody read its output',
  '142': 'SIGALRM',
  '143': 'SIGTERM, asked to stop',
  '152': 'SIGXCPU',
  '153': 'SIGXFSZ',
  '159': 'SIGSYS, a forbidden system call',
  '255': 'exit(-1), or an end that nobody saw',
};
local codes = std.objectFields(words);
{
  words:: words,
  template:
    std.join('', [
      '{{ %sif eq . "%s" }} (%s)' % [if code == codes[0] then '' else 'else ', code, words[code]]
      for code in codes
    ]) + '{{ end }}',
}
