#!/bin/sh
# Gathers what Python needs of Debian into a folder that becomes the image's root: system.sh DEST
# No shell, no package manager. Whole packages, so that each file can be traced to its package and
# version: their entries stand in var/lib/dpkg/status.d, where scanners look for them.
set -eu
dest=${1:?the folder that becomes the root}

# Python with what its standard library links, what compiled wheels link, certificates for S3 and
# PostgreSQL, the protocols and media types that the standard library looks up.
packages="base-files ca-certificates libbz2-1.0 libc6 libcrypt1 libexpat1 libffi8 libgcc-s1
 liblzma5 libncursesw6 libpython3.11-minimal libpython3.11-stdlib libsqlite3-0 libssl3 libstdc++6
 libtinfo6 libuuid1 media-types netbase python3-minimal python3.11-minimal tzdata zlib1g"

# Of them, what nobody reads in a container: texts but for licences, terminal pictures, manuals,
# character sets and translations, what configures packages, and Python's own developer parts.
unwanted='^usr/(share/(man|info|lintian|locale|bug|doc-base|menu|base-files|debhelper|binfmts|python3|apps|pixmaps|applications|zoneinfo/(right|posix)/)|lib/x86_64-linux-gnu/(gconv|audit)/|lib/python3.11/(ensurepip|idlelib|lib2to3|pydoc_data|tkinter|turtledemo|test|__pycache__/turtle)|(s?bin)/(py3|update-ca|ldconfig|tzconfig|getent|ldd|pldd|iconv|locale|localedef|zdump|tzselect))'

# Debian's /lib and /bin are links into /usr, and so are ours.
mkdir -p "$dest/usr/bin" "$dest/usr/sbin" "$dest/usr/lib" "$dest/usr/lib64"
for name in bin sbin lib lib64; do ln -s "usr/$name" "$dest/$name"; done

for package in $packages; do
  dpkg -L "$package" | while read -r path; do
    if [ -f "$path" ] || [ -h "$path" ]; then echo "${path#/}"; fi
  done | grep -Ev "$unwanted" | grep -Ev '^usr/share/doc/.*/[^/]*(changelog|NEWS|README|TODO|AUTHORS|FAQ)' \
    > /tmp/files || true
  tar -C / --create --no-recursion --files-from /tmp/files | tar -C "$dest" --extract --keep-directory-symlink
  mkdir -p "$dest/var/lib/dpkg/status.d"
  dpkg -s "$package" > "$dest/var/lib/dpkg/status.d/$package"
done
rm /tmp/files

# Made by scripts of packages, so in no list of files.
mkdir -p "$dest/etc/ssl/certs"
cp -a /etc/ssl/certs/. "$dest/etc/ssl/certs/"
mkdir -p "$dest/tmp" "$dest/run" "$dest/proc" "$dest/sys" "$dest/dev" "$dest/etc/ld.so.conf.d"
chmod 1777 "$dest/tmp"
cp /etc/ld.so.conf "$dest/etc/" && cp /etc/ld.so.conf.d/*.conf "$dest/etc/ld.so.conf.d/"
ldconfig -r "$dest"
echo 'hosts: files dns' > "$dest/etc/nsswitch.conf"
cat > "$dest/etc/passwd" <<END
root:x:0:0:root:/root:/usr/sbin/nologin
homelens:x:10001:10001:homelens:/state:/usr/sbin/nologin
END
printf 'root:x:0:\nhomelens:x:10001:\n' > "$dest/etc/group"
# The standard library's byte code, as deploy/image/slim.sh does it for the rest.
python3 -m compileall -q -f -s "$dest" -p / --invalidation-mode unchecked-hash \
  "$dest/usr/lib/python3.11" || true
