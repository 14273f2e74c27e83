#!/usr/bin/env bash
# Make the kept files of the thetamix that is installed: `tests/old/make.sh`, once a release, before its tag.
set -euo pipefail
cd "$(dirname "$0")"
version=$(python -c "import thetamix; print(thetamix.__version__)")
mkdir "$version"
cd "$version"
export OMP_NUM_THREADS=1
cat > study.yml <<END
name: old
network: network.nc
inputs:
  forcing: [precipitation, potential_evapotranspiration, {air_temperature: optional}]
  attributes: [elevation, soil_type]
split: {scheme: blocks, block: 5d, evaluation_share: 0.4}
training: {preset: fast, epochs: 1, windows_per_epoch: 100, sequence: 8, hidden: 4}
forecasters:
  3G-LSTM: {kind: lstm, components: 3}
  annual cycle: {kind: annual_cycle, by: [geology, depth]}
seeds: [1]
evaluation: {bootstrap: {draws: 5, block_draws: 50}}
END
python -m thetamix.cli simulate network.nc --clusters 2 --years 0.12 --seed 1 --step-hours 6 --without faults
python -m thetamix.cli run study.yml --out run --workers 1
# Small enough to keep, and nothing of the machine: figures, page, log, long tables and the checkpoint go.
rm -rf run/figures run/report.html run/log.txt run/.lock network.faults.csv run/fits/*/checkpoint
rm -f run/.steps/{check,figures,report}.json run/.steps/network.hash run/tables/*.{md,tex}
find run/tables -size +12k -delete
sed -i 's|^network: .*|network: ../network.nc|' run/study.yml
