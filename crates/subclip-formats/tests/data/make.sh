#!/bin/sh
# Makes the sample files of the reader's tests and what ffprobe says of them. Run by hand, with FFmpeg 5.1;
# the results are checked in, so the tests need neither.
set -eu
cd "$(dirname "$0")"
pictures="-f lavfi -i testsrc=s=64x36:r=25:d=0.4"
sound="-f lavfi -i sine=frequency=440:sample_rate=48000:duration=0.4"
plain="-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1"
h264="-pix_fmt yuv420p -c:v libx264 -preset veryfast -threads 1 -crf 40 -x264-params scenecut=0:b-adapt=0"
aac="-c:a aac -b:a 32k -ac 1"
make() { ffmpeg -nostdin -v error -y "$@"; }

make $pictures $h264:keyint=5:bframes=0 $plain -movflags +faststart progressive.mp4
make $pictures $sound $h264:keyint=6:bframes=3:b-pyramid=normal $aac $plain bframes.mp4
make $pictures $h264:keyint=4:bframes=2 $plain -movflags frag_keyframe+empty_moov+default_base_moof fragmented.mp4
make $pictures $sound $h264:keyint=4:bframes=2 $aac $plain \
    -movflags frag_keyframe+empty_moov+omit_tfhd_offset fragments_av.mp4
make $pictures $sound $h264:keyint=5:bframes=2 $aac $plain -movflags frag_keyframe hybrid.mp4
make $pictures $sound $h264:keyint=4:bframes=2 $aac $plain \
    -movflags frag_keyframe+empty_moov+delay_moov+negative_cts_offsets+default_base_moof+dash negative.mp4
make $pictures $sound -t 0.1 $h264:keyint=5:bframes=0 -c:a pcm_s16le -ac 1 -ar 8000 $plain pcm.mov
make $pictures $sound $h264:keyint=5:bframes=0 $aac $plain -video_track_timescale 600 wave.mov

# One line for each packet: stream, pts, dts, size, position, K for a key frame.
for file in *.mp4 *.mov; do
    ffprobe -v error -show_packets -show_entries packet=stream_index,pts,dts,size,pos,flags -of csv=p=0 "$file" |
        awk -F, 'NF >= 6 { print $1, $2, $3, $4, $5, substr($6, 1, 1) }' >"${file%.*}.packets"
done
