/** Numbers of the system calls that the program makes. */
const NUMBERS = {
  x64: { mount: 165, umount2: 166, pivot_root: 155, unshare: 272, prctl: 157, capset: 126 },
  arm64: { mount: 40, umount2: 39, pivot_root: 41, unshare: 97, prctl: 167, capset: 91 },
} as const;

/**
 * Returns a program for perl, without modules, that does what bubblewrap does. Its arguments: `slot` or `none` (the
 * network), number of the descriptor of the filter of system calls, the folder in which the command starts, bytes of
 * `/dev/shm`, then three words for each mount (kind, path, source), `--`, and the command. Before the mounts may come
 * the folder that is the root (`root`), the ids that the command sees (`user`), and its whole environment (`variable`).
 *
 * The process that is started stays outside and passes on the exit status. Its child is the first process of the new
 * process namespace: it builds the root on a tmpfs, makes that the root by pivot_root(2), and starts the command in a
 * second user namespace, which has the caller's own ids and no rights over the mounts (mount_namespaces(7)). A mount
 * point is made read-only in a second step, which must repeat the flags that the caller may not lift. Whatever fails
 * ends it: the command never runs in half a sandbox.
 */
export function perlProgram(architecture: keyof typeof NUMBERS): string {
  const numbers = Object.entries(NUMBERS[architecture]).map(([name, number]) => `${name} => ${number}`);
  return `my %number = (${numbers.join(', ')});${PROGRAM}`;
}

const PROGRAM = String.raw`
use strict;
my ($network, $filter, $folder, $shared, @words) = @ARGV;
$^F = 1000;
my ($uid, $gid) = ($>, $) + 0);
my ($root, $own_uid, $own_gid, %variables) = (undef, $uid, $gid);
while (@words and $words[0] =~ /^(?:root|user|variable)$/) {
  my ($kind, $one, $two) = splice @words, 0, 3;
  if ($kind eq 'root') { $root = $two }
  elsif ($kind eq 'user') { ($own_uid, $own_gid) = ($one, $two) }
  else { $variables{$one} = $two }
}
my ($RDONLY, $NOSUID, $NODEV, $NOEXEC, $REMOUNT, $BIND, $REC, $PRIVATE) =
  (1, 2, 4, 8, 32, 4096, 16384, 1 << 18);
my $SETFCAP = 31;

sub fail { print STDERR "sandbox: $_[0]: $!\n"; exit 125 }
sub call {
  my ($what, $name, @rest) = @_;
  my $result = syscall($number{$name}, @rest);
  fail("$name $what") if $result < 0;
}
sub mount_at {
  my ($source, $path, $type, $flags, $data) = @_;
  call($path, 'mount', "$source", "$path", "$type", $flags + 0, $data // 0);
}
sub put {
  my ($path, $text) = @_;
  open(my $file, '>', $path) or fail($path);
  syswrite($file, $text) // fail($path);
  close $file;
}
sub map_ids {
  my ($inside_uid, $inside_gid, $outside_uid, $outside_gid) = @_;
  put('/proc/self/setgroups', 'deny');
  put('/proc/self/uid_map', "$inside_uid $outside_uid 1");
  put('/proc/self/gid_map', "$inside_gid $outside_gid 1");
}
sub folders {
  my ($path) = @_;
  my $made = '';
  for my $name (split m{/}, $path) {
    next if $name eq '';
    $made .= "/$name";
    mkdir $made, 0755 or -d $made or fail($made);
  }
}
sub parent { my ($path) = @_; $path =~ s{/[^/]*$}{}; return $path }
sub place {
  my ($source, $path) = @_;
  if (-d $source) { folders($path); return }
  folders(parent($path));
  return if -e $path;
  open(my $file, '>', $path) or fail($path);
}
sub wait_for {
  my ($child) = @_;
  my $status = 0;
  while ((my $ended = waitpid(-1, 0)) > 0) {
    if ($ended == $child) { $status = $?; last }
  }
  exit(($status & 127) ? 128 + ($status & 127) : $status >> 8);
}

# Users, mounts, processes, IPC, host name; network.
my $namespaces = 0x10000000 | 0x20000 | 0x20000000 | 0x8000000 | 0x4000000;
call('of namespaces', 'unshare', $namespaces | ($network eq 'none' ? 0x40000000 : 0));
map_ids(0, 0, $uid, $gid);
call('', 'prctl', 1, 9, 0, 0, 0);
my $first = fork // fail('fork');
if ($first) {
  wait_for($first);
}
call('', 'prctl', 1, 9, 0, 0, 0);
if ($network eq 'none') {
  socket(my $socket, 2, 2, 0) or fail('socket');
  my $up = pack('a16 s x22', 'lo', 0x41);
  ioctl($socket, 0x8914, $up) or fail('loopback');
}

umask 022;
mount_at('none', '/', '', $REC | $PRIVATE);
mount_at('tmpfs', '/tmp', 'tmpfs', $NOSUID | $NODEV, 'mode=0755,size=16m');
mkdir '/tmp/old' or fail('/tmp/old');
mkdir '/tmp/new' or fail('/tmp/new');
chdir '/tmp' or fail('/tmp');
call('', 'pivot_root', '.', 'old');
chdir '/' or fail('/');
my %mode;
if (defined $root) {
  mount_at("/old$root", '/new', '', $BIND | $REC);
  $mode{'/new'} = 'write';
} else {
  mount_at('tmpfs', '/new', 'tmpfs', $NOSUID | $NODEV, 'mode=0755,size=16m');
}
for my $name (qw(proc dev)) {
  fail("/$name is a link") if -l "/new/$name";
  mkdir "/new/$name" or -d "/new/$name" or fail("/$name");
}

mount_at('proc', '/new/proc', 'proc', $NOSUID | $NODEV | $NOEXEC);
if ($uid == 0) {
  for my $name (qw(sys sysrq-trigger irq bus)) {
    my $path = "/new/proc/$name";
    next unless -e $path;
    mount_at($path, $path, '', $BIND);
    $mode{$path} = 'read';
  }
}
mount_at('tmpfs', '/new/dev', 'tmpfs', $NOSUID, 'mode=0755,size=1m');
for my $name (qw(null zero full random urandom tty)) {
  next unless -e "/old/dev/$name";
  place("/old/dev/$name", "/new/dev/$name");
  mount_at("/old/dev/$name", "/new/dev/$name", '', $BIND);
}
symlink "/proc/self/fd", '/new/dev/fd';
symlink "/proc/self/fd/$_->[0]", "/new/dev/$_->[1]" for [0, 'stdin'], [1, 'stdout'], [2, 'stderr'];
mkdir "/new/dev/$_" or fail($_) for qw(shm pts);
mount_at('tmpfs', '/new/dev/shm', 'tmpfs', $NOSUID | $NODEV, "mode=1777,size=$shared");
mount_at('devpts', '/new/dev/pts', 'devpts', $NOSUID | $NOEXEC, 'newinstance,ptmxmode=0666,mode=620');
symlink 'pts/ptmx', '/new/dev/ptmx';
$mode{'/new/dev'} = 'seal';

while (@words and $words[0] ne '--') {
  my ($kind, $path, $source) = splice @words, 0, 3;
  my $inside = "/new$path";
  if ($kind eq 'link') {
    folders(parent($inside));
    symlink $source, $inside or fail($path);
  } elsif ($kind eq 'empty-folder') {
    folders($inside);
    mount_at('tmpfs', $inside, 'tmpfs', $NOSUID | $NODEV, 'mode=0755,size=1m');
    $mode{$inside} = 'seal';
  } elsif ($kind eq 'empty-file') {
    mount_at('/old/dev/null', $inside, '', $BIND);
    $mode{$inside} = 'read';
  } else {
    place("/old$source", $inside);
    mount_at("/old$source", $inside, '', $BIND | $REC);
    $mode{$inside} = $kind;
  }
}
shift @words;

open(my $mounts, '<', '/new/proc/self/mountinfo') or fail('mountinfo');
while (my $line = <$mounts>) {
  my ($point, $options) = (split / /, $line)[4, 5];
  $point =~ s/\\([0-7]{3})/chr oct $1/ge;
  next unless $point =~ m{^/new(?:/|$)};
  my $around = $point;
  $around = parent($around) until exists $mode{$around} or $around eq '';
  next if $around eq '' or ($mode{$around} eq 'seal' and $around ne $point);
  my %had = map { $_ => 1 } split /,/, $options;
  my $flags = $REMOUNT | $BIND | $NOSUID;
  $flags |= $NODEV unless $mode{$around} eq 'seal' and !$had{nodev};
  $flags |= $NOEXEC if $had{noexec};
  $flags |= 1024 if $had{noatime};
  $flags |= 2048 if $had{nodiratime};
  $flags |= 1 << 21 if $had{relatime};
  $flags |= $RDONLY if $had{ro} or $mode{$around} ne 'write';
  mount_at('none', $point, '', $flags);
}
close $mounts;
mount_at('none', '/new', '', $REMOUNT | $BIND | $NOSUID | $NODEV | $RDONLY) unless defined $root;

chdir '/new' or fail('/new');
call('old root', 'umount2', '/old', 2);
call('', 'pivot_root', '.', '.');
call('base', 'umount2', '.', 2);
chdir '/' or fail('/');

call('of users', 'unshare', 0x10000000);
map_ids($own_uid, $own_gid, 0, 0);
for my $capability (0 .. 63) {
  next if $capability == $SETFCAP;
  last if syscall($number{prctl}, 24, $capability, 0, 0, 0) < 0;
}
syscall($number{prctl}, 47, 4, 0, 0, 0);
call('', 'capset', pack('LL', 0x20080522, 0), pack('L6', (1 << $SETFCAP) x 3, (0) x 3));
call('', 'prctl', 47, 2, $SETFCAP, 0, 0);
call('', 'prctl', 38, 1, 0, 0, 0);
call('', 'prctl', 1, 9, 0, 0, 0);
open(my $rules, "<&=$filter") or fail('filter');
binmode $rules;
my $program = do { local $/; <$rules> };
close $rules;
my $second = fork // fail('fork');
wait_for($second) if $second;
chdir $folder or fail($folder);
$SIG{TERM} = 'DEFAULT';
%ENV = %variables if defined $root;
call('', 'prctl', 22, 2, pack('S x![P] P', length($program) / 8, $program));
exec { $words[0] } @words or do { print STDERR "sandbox: $words[0]: $!\n"; exit 127 };
`;
