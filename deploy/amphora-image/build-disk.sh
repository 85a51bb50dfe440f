#!/bin/sh
# Makes a bootable disk (GPT; BIOS and UEFI) with Debian and the amphora agent. Called by `octavia image build`, as root.
# Environment: AGENT (directory of the agent package), OUTPUT (raw disk), SIZE_MIB, KERNEL (package), WITH_SSH (yes or no),
# SUITE, MIRROR (or empty: the sources of this machine), SOURCE_DATE_EPOCH.
set -eu
if [ "${IN_OWN_MOUNTS:-}" != yes ]; then IN_OWN_MOUNTS=yes exec unshare --mount "$0" "$@"; fi
PATH=$PATH:/usr/sbin:/sbin
TZ=UTC
LC_ALL=C
export SOURCE_DATE_EPOCH PATH TZ LC_ALL
umask 022
here=$(dirname "$(readlink -f "$0")")

# Fixed, so that the same packages give the same bytes.
disk_id=2F0E6F63-7461-4769-A101-616D70686F72
boot_id=2F0E6F63-7461-4769-A102-616D70686F72
root_part_id=2F0E6F63-7461-4769-A103-616D70686F72
root_id=5f1c2b7e-0c7a-4b1d-9e65-6f6374617669
hash_seed=6f637461-7669-4a00-8000-616d70686f72
boot_label_id=0c7a71a0
boot_mib=64

# In memory: the order of a tmpfs's directory entries is that in which they were made, whatever the machine.
work=$(mktemp -d)
mount -t tmpfs -o "size=4g,mode=755,noatime" octavia-image "$work"
cleanup() {
  umount -l "$work" && rmdir "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
root=$work/root

say() { printf '%s\n' "$*" >&2; }

make_root() {
  packages=$(tr '\n' ',' <"$here/packages")$KERNEL
  [ "$WITH_SSH" = no ] || packages=$packages,openssh-server,sudo
  # The kernel's early file system is made for what fstab and the list of modules say. Docs, translations and hardware lists serve nobody in there.
  # shellcheck disable=SC2086
  mmdebstrap --quiet --mode=root --format=directory --variant=apt --include="$packages" \
    --aptopt='Apt::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/lib/udev/hwdb.d/*' \
    --setup-hook='mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"' \
    --setup-hook='printf "MODULES=list\nCOMPRESS=zstd\n" >"$1/etc/initramfs-tools/conf.d/octavia"' \
    --setup-hook="cp '$here/overlay/etc/fstab' \"\$1/etc/fstab\"" \
    --setup-hook="cp '$here/overlay/usr/share/initramfs-tools/modules.d/octavia' \"\$1/usr/share/initramfs-tools/modules.d/\"" \
    "$SUITE" "$root" $MIRROR
}

# logrotate passes over a whole file of settings that names a log for the second time: the packages' come before ours.
rotate_alone() {
  rm -f "$root/etc/logrotate.d/haproxy" "$root/etc/logrotate.d/rsyslog"
}

set_up_root() {
  cp -R --no-preserve=ownership "$here/overlay/." "$root/"
  mkdir -p "$root/usr/lib/octavia-amphora-agent" "$root/var/lib/octavia/certs" "$root/etc/octavia/certs" "$root/etc/nftables.d"
  cp -R --no-preserve=ownership "$AGENT/." "$root/usr/lib/octavia-amphora-agent/"
  DESTDIR=$root "$AGENT/install.sh"
  rotate_alone
  chmod 700 "$root/etc/octavia" "$root/etc/octavia/certs" "$root/var/lib/octavia/certs"
  if [ "$WITH_SSH" = no ]; then
    rm -rf "$root/etc/ssh"
  else
    rm -f "$root"/etc/ssh/ssh_host_*
    chroot "$root" useradd --create-home --shell /bin/bash debian
    printf 'debian ALL=(ALL) NOPASSWD:ALL\n' >"$root/etc/sudoers.d/debian"
    chmod 440 "$root/etc/sudoers.d/debian"
    printf 'add element inet octavia_machine login_ports { 22 }\n' >"$root/etc/nftables.d/login.nft"
  fi
  chroot "$root" passwd --quiet --lock root
  # haproxy and keepalived run as units that the agent writes.
  systemctl --root="$root" --quiet disable haproxy.service keepalived.service
  systemctl --root="$root" --quiet mask haproxy.service keepalived.service serial-getty@ttyS0.service getty@tty1.service getty-static.service console-getty.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
  systemctl --root="$root" --quiet enable systemd-networkd.service nftables.service amphora-boot.service systemd-timesyncd.service
  systemctl --root="$root" --quiet disable systemd-networkd-wait-online.service
  systemctl --root="$root" --quiet set-default multi-user.target
  # Every machine makes its own.
  : >"$root/etc/machine-id"
  rm -f "$root/etc/resolv.conf" "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed"
  find "$root/var/log" "$root/var/cache" "$root/tmp" "$root/run" -mindepth 1 -type f -delete
  rm -f "$root"/etc/*- "$root"/var/lib/dpkg/*-old
}

take_kernel() {
  cp "$root"/boot/vmlinuz-* "$work/vmlinuz"
  cp "$root"/boot/initrd.img-* "$work/initrd.img"
  rm -f "$root"/boot/* "$root"/vmlinuz* "$root"/initrd.img*
}

make_boot_partition() {
  arguments="root=UUID=$root_id ro net.ifnames=0 biosdevname=0 console=tty0 console=ttyS0,115200 loglevel=4 panic=10"
  mkdir "$work/boot"
  printf 'DEFAULT octavia\nPROMPT 0\nTIMEOUT 0\nLABEL octavia\n  LINUX /vmlinuz\n  INITRD /initrd.img\n  APPEND %s\n' "$arguments" >"$work/boot/syslinux.cfg"
  printf 'timeout 0\ndefault octavia.conf\neditor no\n' >"$work/boot/loader.conf"
  printf 'title Octavia amphora\nlinux /vmlinuz\ninitrd /initrd.img\noptions %s\n' "$arguments" >"$work/boot/octavia.conf"
  touch -d "@$SOURCE_DATE_EPOCH" "$work"/boot/* "$work/vmlinuz" "$work/initrd.img"
  image=$work/boot.img
  truncate -s "${boot_mib}M" "$image"
  mkfs.vfat --invariant -F 16 -h 2048 -i "$boot_label_id" -n OCTAVIA "$image" >/dev/null
  export MTOOLS_SKIP_CHECK=1
  mmd -i "$image" ::/EFI ::/EFI/BOOT ::/loader ::/loader/entries
  mcopy -m -i "$image" "$work/vmlinuz" "$work/initrd.img" "$work/boot/syslinux.cfg" ::/
  mcopy -m -i "$image" "$work/boot/loader.conf" ::/loader/loader.conf
  mcopy -m -i "$image" "$work/boot/octavia.conf" ::/loader/entries/octavia.conf
  mcopy -m -i "$image" /usr/lib/systemd/boot/efi/systemd-bootx64.efi ::/EFI/BOOT/BOOTX64.EFI
  syslinux --install "$image"
}

# mke2fs takes change times from the files that it copies: they are set afterwards, inode by inode.
make_root_file_system() {
  image=$work/root.img
  find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  find "$root" -exec touch -h -a -d "@$SOURCE_DATE_EPOCH" {} +
  truncate -s "$((SIZE_MIB - boot_mib - 2))M" "$image"
  export E2FSPROGS_FAKE_TIME="$SOURCE_DATE_EPOCH"
  mke2fs -q -t ext4 -m 1 -L octavia-root -U "$root_id" -d "$root" \
    -E "hash_seed=$hash_seed,root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,nodiscard" "$image"
  last=$(dumpe2fs -h "$image" 2>/dev/null | awk -F: '/^Inode count/ { all = $2 } /^Free inodes/ { free = $2 } END { print all - free }')
  {
    echo 'sif <2> ctime @'"$SOURCE_DATE_EPOCH"
    inode=11
    while [ "$inode" -le "$last" ]; do
      printf 'sif <%s> ctime @%s\nsif <%s> ctime_extra 0\nsif <%s> atime_extra 0\nsif <%s> mtime_extra 0\n' "$inode" "$SOURCE_DATE_EPOCH" "$inode" "$inode" "$inode"
      inode=$((inode + 1))
    done
  } | debugfs -w -f - "$image" >/dev/null 2>&1
}

assemble() {
  rm -f "$OUTPUT"
  truncate -s "${SIZE_MIB}M" "$OUTPUT"
  # Partition types: EFI system, root of x86-64, by which systemd finds and grows it.
  sfdisk --quiet --no-reread --no-tell-kernel "$OUTPUT" <<TABLE
label: gpt
label-id: $disk_id
first-lba: 2048
start=1MiB, size=${boot_mib}MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=$boot_id, name="boot", attrs=LegacyBIOSBootable
start=$((boot_mib + 1))MiB, size=$((SIZE_MIB - boot_mib - 2))MiB, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid=$root_part_id, name="root"
TABLE
  dd if=/usr/lib/syslinux/mbr/gptmbr.bin of="$OUTPUT" bs=440 count=1 conv=notrunc status=none
  dd if="$work/boot.img" of="$OUTPUT" bs=1M seek=1 conv=notrunc,sparse status=none
  dd if="$work/root.img" of="$OUTPUT" bs=1M seek="$((boot_mib + 1))" conv=notrunc,sparse status=none
}

say 'Debian packages'; make_root
say 'amphora'; set_up_root
take_kernel
say 'disk'; make_boot_partition
make_root_file_system
assemble
