#!/usr/bin/env python3
"""Makes records.txt: avcC records in many configurations, each with its syntax elements as FFmpeg reads them.

usage: make.py [FILE.mp4 ...] > records.txt      (the files are added to the configurations below)
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

HEAD = """\
# avcC records made by FFmpeg 5.1 (libx264, 320x240 at 25 fps unless said otherwise) and of real footage: a name and
# how it was made, the record, and what `ffmpeg -bsf:v trace_headers` reads from its parameter sets. Size and
# sample_aspect are ffprobe's; constraint_flags is the byte they stand in; an element that is left out in the sets is
# left out here. All but the first say what differs from the first; "element=" is left out.
# Made by make.py.
"""
# Name, options of ffmpeg, options of x264.
CONFIGURATIONS = [
    ("default", "", ""),
    ("baseline", "-profile:v baseline", ""),
    ("baseline_level_1b", "-profile:v baseline -s 176x144 -r 15", "level=1b"),
    ("main", "-profile:v main", ""),
    ("main_cavlc", "-profile:v main -coder 0", ""),
    ("high_no_b_frames", "-bf 0", ""),
    ("high_pyramid_refs", "-preset slow", "bframes=5:b-pyramid=normal:ref=6"),
    ("high_strict_pyramid", "", "bframes=3:b-pyramid=strict"),
    ("superfast_like_medium", "-preset superfast", "stitchable=1:weightp=2:ref=3:chroma-qp-offset=-2:8x8dct=1"),
    ("stitchable", "", "stitchable=1"),
    ("own_id", "", "sps-id=7"),
    ("highest_id", "", "sps-id=31"),
    ("no_8x8", "", "8x8dct=0"),
    ("no_weights", "", "weightp=0:weightb=0"),
    ("chroma_offset", "", "chroma-qp-offset=6:psy=0"),
    ("jvt_scaling", "", "cqm=jvt"),
    ("own_scaling", "", "cqm4=17,23,29,31,17,19,29,31,35,21,32,33,40,41,42,43"),
    ("constrained_intra", "", "constrained-intra=1"),
    ("intra_only", "-g 1", ""),
    ("open_gop", "", "open-gop=1"),
    ("interlaced", "-flags +ilme+ildct", "tff=1"),
    ("fake_interlaced", "", "fake-interlaced=1"),
    ("cropped_1080", "-s 1920x1080", ""),
    ("cropped_both", "-s 322x242", ""),
    ("portrait", "-s 1080x1920 -level 5.1", ""),
    ("aspect_table", "-vf setsar=4/3", ""),
    ("aspect_extended", "-vf setsar=64/45", ""),
    ("aspect_unspecified", "-vf setsar=0", ""),
    ("bt709", "-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv", ""),
    ("bt601_full", "-color_primaries bt470bg -color_trc gamma28 -colorspace bt470bg -color_range pc", ""),
    ("bt2020_pq", "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc", ""),
    ("range_only", "-pix_fmt yuvj420p", ""),
    ("chroma_location", "-chroma_sample_location topleft", ""),
    ("ntsc", "-r 30000/1001", ""),
    ("variable_rate", "", "force-cfr=0:vfr-input=1"),
    ("hrd_cbr", "-b:v 500k -maxrate 500k -bufsize 500k", "nal-hrd=cbr"),
    ("hrd_vbr", "-b:v 500k -maxrate 900k -bufsize 500k", "nal-hrd=vbr"),
    ("pic_struct", "", "pic-struct=1"),
    ("overscan", "", "overscan=crop:videoformat=pal"),
    ("high10", "-pix_fmt yuv420p10le", ""),
    ("high422", "-pix_fmt yuv422p", ""),
    ("high422_10", "-pix_fmt yuv422p10le", ""),
    ("high444", "-pix_fmt yuv444p", ""),
    ("high444_scaling", "-pix_fmt yuv444p", "cqm=jvt"),
    ("lossless", "-qp 0", ""),
    ("monochrome", "-pix_fmt gray", ""),
    ("level_forced", "-level 6.2", ""),
    ("aud", "", "aud=1:repeat-headers=1"),
]
# The elements that are kept, by the unit they stand in.
SPS = set("""
profile_idc level_idc seq_parameter_set_id chroma_format_idc bit_depth_luma_minus8 bit_depth_chroma_minus8
seq_scaling_matrix_present_flag log2_max_frame_num_minus4 pic_order_cnt_type log2_max_pic_order_cnt_lsb_minus4
max_num_ref_frames gaps_in_frame_num_allowed_flag frame_mbs_only_flag direct_8x8_inference_flag
video_format video_full_range_flag colour_primaries transfer_characteristics matrix_coefficients
chroma_sample_loc_type_top_field chroma_sample_loc_type_bottom_field num_units_in_tick time_scale fixed_frame_rate_flag
nal_hrd_parameters_present_flag vcl_hrd_parameters_present_flag pic_struct_present_flag
max_num_reorder_frames max_dec_frame_buffering
""".split())
PPS = set("""
pic_parameter_set_id entropy_coding_mode_flag num_slice_groups_minus1 num_ref_idx_l0_default_active_minus1
num_ref_idx_l1_default_active_minus1 weighted_pred_flag weighted_bipred_idc pic_init_qp_minus26 chroma_qp_index_offset
second_chroma_qp_index_offset deblocking_filter_control_present_flag constrained_intra_pred_flag
redundant_pic_cnt_present_flag transform_8x8_mode_flag pic_scaling_matrix_present_flag
""".split())


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True)


def encode(out, options, x264):
    """A short film in the configuration."""
    source = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=0.4"]
    pixels = [] if "-pix_fmt" in options else ["-pix_fmt", "yuv420p"]
    params = ["-x264-params", x264] if x264 else []
    run("ffmpeg", "-y", "-v", "error", *source, *pixels, "-c:v", "libx264", *options.split(), *params, out)


def record(path):
    """The payload of the file's avcC box."""
    data = pathlib.Path(path).read_bytes()
    at = data.index(b"avcC")
    return data[at + 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")].hex()


def elements(path):
    """The syntax elements of the first set of each kind in the record."""
    trace = run("ffmpeg", "-loglevel", "trace", "-i", path, "-map", "0:v", "-c", "copy", "-frames:v", "1",
                "-bsf:v", "trace_headers", "-f", "null", "-").stderr  # fmt: skip
    lines = [line for line in trace.splitlines() if "trace_headers" in line]
    start = next(n for n, line in enumerate(lines) if "Extradata" in line)
    end = next(n for n, line in enumerate(lines) if "Packet:" in line)
    found, flags, kept = {}, 0, set()
    for line in lines[start:end]:
        if "Parameter Set" in line:
            kept = SPS if "Sequence" in line else PPS
        element = re.search(r"\] \d+\s+(\S+)\s+[01]+ = (-?\d+)", line)
        if not element:
            continue
        name, value = element.groups()
        if flag := re.fullmatch(r"constraint_set(\d)_flag", name):
            flags |= int(value) << (7 - int(flag[1]))
        elif name in kept:
            found.setdefault(name, value)
    shown = "stream=width,height,sample_aspect_ratio"
    probe = run("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", shown, "-of", "json", path)
    stream = json.loads(probe.stdout)["streams"][0]
    found |= {"constraint_flags": str(flags), "width": str(stream["width"]), "height": str(stream["height"])}
    if stream.get("sample_aspect_ratio", "0:1") not in ("0:1", "N/A"):
        found["sample_aspect"] = stream["sample_aspect_ratio"]
    # What the High profiles add to a picture parameter set has a meaning where it is left out.
    found.setdefault("transform_8x8_mode_flag", "0")
    found.setdefault("pic_scaling_matrix_present_flag", "0")
    found.setdefault("second_chroma_qp_index_offset", found["chroma_qp_index_offset"])
    return found


first = None


def show(name, how, path):
    global first
    found = elements(path)
    lines = sorted(f"{key}={value}" for key, value in found.items() if not first or first.get(key) != value)
    lines += sorted(f"{key}=" for key in (first or {}) if key not in found)
    first = first or found
    print(f"\n{name}: {how}\n{record(path)}")
    print(textwrap.fill(" ".join(lines) or "-", 110, break_on_hyphens=False))


print(HEAD, end="")
with tempfile.TemporaryDirectory() as folder:
    for name, options, x264 in CONFIGURATIONS:
        encode(f"{folder}/film.mp4", options, x264)
        how = [options, f"-x264-params {x264}" if x264 else ""]
        show(name, " ".join(filter(None, how)) or "as it comes", f"{folder}/film.mp4")
for path in sys.argv[1:]:
    show(pathlib.Path(path).stem.replace("-", "_"), "real footage", path)
