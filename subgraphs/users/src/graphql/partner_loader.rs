//! Batches lookups of keys and of their use: each becomes one statement an operation.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Error};
use kernel::PortError;
use kernel::id::{ApiKeyId, OrganisationId};
use platform::data_loader::DataLoader;

use super::told::graphql_error;
use crate::application::find_api_key::{FindApiKey, UsageDays};
use crate::domain::api_key::{ApiKey, UsageLine};

pub(super) struct PartnerLoader {
    find_api_key: FindApiKey,
}

impl PartnerLoader {
    pub(super) const fn new(find_api_key: FindApiKey) -> Self {
        Self { find_api_key }
    }
}

impl Loader<OrganisationId> for PartnerLoader {
    type Value = Vec<ApiKey>;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[OrganisationId]) -> Result<HashMap<OrganisationId, Vec<ApiKey>>, Self::Error> {
        Ok(self.find_api_key.by_organisation(keys).await?)
    }
}

impl Loader<(ApiKeyId, UsageDays)> for PartnerLoader {
    type Value = Vec<UsageLine>;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[(ApiKeyId, UsageDays)]) -> Result<HashMap<(ApiKeyId, UsageDays), Vec<UsageLine>>, Self::Error> {
        // One statement for each number of days that the operation asks for: as many as it has aliases of the field.
        let mut by_days: HashMap<UsageDays, Vec<ApiKeyId>> = HashMap::new();
        for (id, days) in keys {
            by_days.entry(*days).or_default().push(*id);
        }
        let mut found = HashMap::new();
        for (days, ids) in by_days {
            let usage = self.find_api_key.usage(&ids, days).await?;
            found.extend(usage.into_iter().map(|(id, lines)| ((id, days), lines)));
        }
        Ok(found)
    }
}

/// The keys of an organisation, newest first.
pub(super) async fn keys_of(context: &Context<'_>, id: OrganisationId) -> Result<Vec<ApiKey>, Error> {
    let keys = context.data_unchecked::<DataLoader<PartnerLoader>>().load_one(id).await.map_err(|error| graphql_error(&*error))?;
    Ok(keys.unwrap_or_default())
}

/// What a key was used for.
pub(super) async fn usage_of(context: &Context<'_>, id: ApiKeyId, days: UsageDays) -> Result<Vec<UsageLine>, Error> {
    let lines = context.data_unchecked::<DataLoader<PartnerLoader>>().load_one((id, days)).await.map_err(|error| graphql_error(&*error))?;
    Ok(lines.unwrap_or_default())
}
